/** Deciding a question; and what to show where somebody else was quicker. */
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ApprovalDetail, DecidedAnswer } from "@tenuto/react/api";
import type { JsonValue } from "@tenuto/react/core";
import { call, stale } from "~/lib/api";
import { approvals as words } from "~/lib/strings/approvals";
import { toast } from "~/lib/toasts";

export interface Decision {
  readonly decision: "approve" | "reject";
  readonly form: Record<string, JsonValue>;
  readonly comment: string;
}

export function useDecision(approval: ApprovalDetail, onDone: () => void): UseMutationResult<DecidedAnswer, Error, Decision> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ decision, form, comment }: Decision) =>
      call("POST /api/approvals/{id}", { path: { id: approval.id }, body: { decision, comment, digest: approval.digest, ...(decision === "approve" ? { form } : {}) } }),
    onSuccess: ({ settled }, { decision }) => {
      toast(settled ? words.done[decision] : `${words.done[decision]} ${words.waits}`, { tone: "success" });
      onDone();
    },
    // Refused or not: what is known of the question may be old.
    onSettled: () => void stale(queries, "approvals", "executions"),
  });
}
