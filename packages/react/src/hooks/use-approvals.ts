/** The inbox: questions that runs put to people. */
"use client";

import { useCallback } from "react";
import type { ApprovalDetail, ApprovalSummary, DecisionBody, Routes } from "../core/api.ts";
import { everything } from "../core/pages.ts";
import { useClient } from "../provider.tsx";
import { useAnswer } from "./use-answer.ts";
import { useEvery } from "./use-every.ts";
import { useWriting } from "./use-writing.ts";

type Filter = Pick<NonNullable<Routes["GET /api/approvals"]["query"]>, "whose" | "state" | "search" | "workflow_id">;

export interface UseApprovals {
  /** Newest first; asked for again every half minute as long as the page is looked at. */
  approvals: ApprovalSummary[];
  loading: boolean;
  error: string | null;
  refresh: () => Promise<void>;
  /** A question with its text, its form and the exact arguments; null where it cannot be shown: `error` says why. */
  fetchApproval: (id: string) => Promise<ApprovalDetail | null>;
  /** Approve or reject; name the `digest` of what was shown, so that nobody approves what has changed since. Null where it was refused. */
  decide: (id: string, decision: DecisionBody) => Promise<ApprovalDetail | null>;
}

/** Open questions that the caller may decide, or those of another filter. */
export function useApprovals({ whose, state, search, workflow_id }: Filter = {}): UseApprovals {
  const client = useClient();
  const read = useCallback(
    (signal: AbortSignal) =>
      everything(async (cursor) => {
        const query = { whose, state, search, workflow_id, cursor, limit: 200 };
        const page = await client.call("GET /api/approvals", { query, signal });
        return { items: page.approvals, next: page.next };
      }),
    [client, whose, state, search, workflow_id],
  );
  const { value: approvals, loading, error, clearError, refresh } = useAnswer<ApprovalSummary[]>([], read);
  const { writing, refused, write } = useWriting(clearError);
  useEvery(30_000, refresh);

  const fetchApproval = useCallback<UseApprovals["fetchApproval"]>(
    (id) => write(async () => (await client.call("GET /api/approvals/{id}", { path: { id } })).approval),
    [client, write],
  );
  const decide = useCallback<UseApprovals["decide"]>(async (id, body) => {
    const decided = await write(async () => (await client.call("POST /api/approvals/{id}", { path: { id }, body })).approval);
    // Where it was refused somebody else may have been quicker: in both cases the list is another one now.
    await refresh();
    return decided;
  }, [client, refresh, write]);
  return { approvals, loading: loading || writing, error: refused ?? error, refresh, fetchApproval, decide };
}
