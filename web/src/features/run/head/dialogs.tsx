/** Questions before something is done to a run. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { run as words } from "~/lib/strings/run";
import { toast } from "~/lib/toasts";
import { Ask } from "~/ui/ask";
import { Field, Input, Select } from "~/ui/field";
import { useRun, useShown } from "../context.ts";

export function CancelDialog({ onClose }: { onClose: () => void }): ReactElement {
  const { detail, again } = useRun();
  const [reason, setReason] = useState("");
  const said = words.dialogs.cancel;
  const act = useMutation({
    mutationFn: () => call("POST /api/executions/{id}/cancel", { path: { id: detail.id }, body: { reason } }),
    onSuccess: () => {
      toast(words.actions.done.cancel, { tone: "success" });
      again();
      onClose();
    },
  });
  return (
    <Ask {...said} danger error={act.error} busy={act.isPending} onAct={() => act.mutate()} onClose={onClose}>
      <Field label={said.reason} help={said.reasonHelp}>
        {(control) => <Input {...control} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
    </Ask>
  );
}

export function RetryDialog({ onClose }: { onClose: () => void }): ReactElement {
  const { detail, nameOf, again } = useRun();
  const { state } = useShown();
  const [node, setNode] = useState("");
  const said = words.dialogs.retry;
  const failed = [...state.nodes].filter(([, each]) => each.status === "failed").map(([id]) => id);
  const act = useMutation({
    mutationFn: () => call("POST /api/executions/{id}/retry", { path: { id: detail.id }, body: { node: node || null } }),
    onSuccess: () => {
      toast(words.actions.done.retry, { tone: "success" });
      again();
      onClose();
    },
  });
  return (
    <Ask {...said} keep={words.dialogs.keep} error={act.error} busy={act.isPending} onAct={() => act.mutate()} onClose={onClose}>
      {failed.length > 1 ? (
        <Field label={said.only}>
          {(control) => (
            <Select {...control} value={node} onChange={(event) => setNode(event.target.value)}>
              <option value="">{said.all}</option>
              {failed.map((id) => (
                <option key={id} value={id}>
                  {nameOf(id)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : null}
    </Ask>
  );
}

export function RemoveDialog({ onClose }: { onClose: () => void }): ReactElement {
  const { detail } = useRun();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: () => call("DELETE /api/executions/{id}", { path: { id: detail.id } }),
    onSuccess: () => {
      toast(words.actions.done.remove, { tone: "success" });
      void navigate({ to: "/runs" });
      void stale(queries, "executions");
    },
  });
  return <Ask {...words.dialogs.remove} danger error={act.error} busy={act.isPending} onAct={() => act.mutate()} onClose={onClose} />;
}
