/** One trigger: its address or its next runs, whether it is on, and what can be done with it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { TriggerView } from "@tenuto/react/api";
import { KeyRound, Play } from "lucide-react";
import { type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { useMay } from "~/lib/session";
import { triggers as words } from "~/lib/strings/triggers";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { CodeBlock } from "~/ui/code-block";
import { CopyButton } from "~/ui/copy-button";
import { Dialog } from "~/ui/dialog";
import { LongText } from "~/ui/long-text";
import { Switch } from "~/ui/switch";
import { NextRuns } from "./next-runs.tsx";

export function Sheet({ trigger, onClose }: { trigger: TriggerView; onClose: () => void }): ReactElement {
  const [may, manages] = [useMay("trigger:operate"), useMay("trigger:manage")];
  const [secret, setSecret] = useState<string | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const failed = (error: Error): void => toast(error.message, { tone: "danger" });
  const path = { id: trigger.id };
  const turn = useMutation({ mutationFn: (enabled: boolean) => call("PATCH /api/triggers/{id}", { path, body: { enabled } }), onSuccess: () => stale(queries, "triggers"), onError: failed });
  const fire = useMutation({
    mutationFn: () => call("POST /api/triggers/{id}/fire", { path, body: {} }),
    onSuccess: ({ execution_id }) => {
      toast(words.fired, { tone: "success" });
      return navigate({ to: "/runs/$id", params: { id: execution_id } });
    },
    onError: failed,
  });
  const renew = useMutation({ mutationFn: () => call("POST /api/triggers/{id}/secret", { path }), onSuccess: (answer) => setSecret(answer.secret), onError: failed });
  return (
    <Dialog open onClose={onClose} shape="side" title={trigger.key} about={trigger.says}>
      <div className="flex flex-col gap-5">
        <Switch label={words.on} help={words.onHelp} checked={trigger.enabled} disabled={!may || turn.isPending} onChange={(enabled) => turn.mutate(enabled)} />
        {trigger.url ? (
          <section aria-label={words.url} className="flex flex-col gap-1">
            <h3 className="text-sm font-semibold">{words.url}</h3>
            <CodeBlock label={words.url} wrap>
              {trigger.url}
            </CodeBlock>
          </section>
        ) : null}
        {trigger.type === "schedule" ? (
          <section aria-label={words.nextRuns} className="flex flex-col gap-1">
            <h3 className="text-sm font-semibold">{words.nextRuns}</h3>
            <NextRuns times={trigger.next} />
          </section>
        ) : null}
        {trigger.error ? (
          <LongText text={`${words.error}: ${trigger.error.detail}`} lines={6} className="text-sm text-danger" />
        ) : null}
        <p className="text-sm text-muted">{words.counts(trigger.fired, trigger.skipped, trigger.refused)}</p>
        {trigger.last_execution ? (
          <Link to="/runs/$id" params={{ id: trigger.last_execution }} className="self-start text-sm text-accent underline">
            {words.run}
          </Link>
        ) : null}
        {may ? (
          <div className="flex flex-wrap gap-2">
            <Button icon={Play} busy={fire.isPending} onClick={() => fire.mutate()}>
              {words.fire}
            </Button>
            {trigger.type === "webhook" && manages ? (
              <Button icon={KeyRound} busy={renew.isPending} onClick={() => renew.mutate()}>
                {words.secret}
              </Button>
            ) : null}
          </div>
        ) : null}
        {secret === null ? null : (
          <section aria-label={words.secretTitle} className="flex flex-col gap-2 rounded border border-line p-3">
            <h3 className="text-sm font-semibold">{words.secretTitle}</h3>
            <p className="text-xs text-muted">{words.secretAbout}</p>
            <div className="flex items-center gap-2">
              <code className="min-w-0 flex-1 font-mono text-mono break-all">{secret}</code>
              <CopyButton text={secret} />
            </div>
          </section>
        )}
      </div>
    </Dialog>
  );
}
