/** The question before a member gets another role, or is removed. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Member } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { Problem, call, stale } from "~/lib/api";
import { members as words, type RoleName } from "~/lib/strings/members";
import { toast } from "~/lib/toasts";
import { Ask } from "~/ui/ask";

export interface Change {
  readonly member: Member;
  /** Whether it is the one who looks. */
  readonly me: boolean;
  /** The role to come; null removes the member. */
  readonly role: RoleName | null;
}

export function ChangeMember({ change: { member, me, role }, onClose }: { change: Change; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const changing = useMutation({
    mutationFn: () => (role === null ? call("DELETE /api/members/{id}", { path: { id: member.id } }) : call("PUT /api/members/{id}", { path: { id: member.id }, body: { role } })),
    onSuccess: async () => {
      toast(role === null ? words.isRemoved(member.name) : words.isNow(member.name, words.short[role]), { tone: "success" });
      onClose();
      await stale(queries, "members", "auth", "keys");
    },
  });
  const error = changing.error;
  return (
    <Ask
      title={role === null ? words.removeLabel(member.name) : words.changeTitle(member.name, words.short[role])}
      about={role === null ? words.removeAbout : words.may[role]}
      act={role === null ? words.remove : words.change}
      keep={words.keep}
      danger={role === null}
      error={error}
      busy={changing.isPending}
      onAct={() => changing.mutate()}
      onClose={onClose}
    >
      {me ? <p className="text-sm">{role === null ? words.yourself : words.yourOwnRole}</p> : null}
      {error instanceof Problem && error.fix ? <p className="text-sm text-muted">{error.fix}</p> : null}
    </Ask>
  );
}
