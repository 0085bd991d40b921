/** A step that may or may not have had its effect: the exact request, its key, and three things that somebody can say. */
import { useMutation } from "@tanstack/react-query";
import type { UnknownView } from "@tenuto/react/api";
import { CircleHelp } from "lucide-react";
import { type ReactElement, useState } from "react";
import { call } from "~/lib/api";
import { exactly } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { useMay } from "~/lib/session";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { CopyButton } from "~/ui/copy-button";
import { Field, TextArea } from "~/ui/field";
import { JsonTree } from "~/ui/json-tree";
import { parsed } from "../head/json-field.ts";
import { useRun } from "../context.ts";

export function UnknownPanel({ node, unknown }: { node: string; unknown: UnknownView }): ReactElement {
  const { detail, nameOf, again } = useRun();
  const said = words.unknown;
  const [output, setOutput] = useState("");
  const may = useMay("execution:operate");
  const read = parsed(output);
  const say = useMutation({
    mutationFn: (decision: "done" | "retry" | "fail") =>
      call("POST /api/executions/{id}/decide", { path: { id: detail.id }, body: { node, decision, ...(decision === "done" && read.ok ? { output: read.value } : {}) } }),
    onSuccess: () => {
      toast(said.said, { tone: "success" });
      again();
    },
  });
  const allowed = unknown.decisions ?? ["done", "retry", "fail"];
  const refused = may ? null : words.why.permission("execution:operate");
  return (
    <section className="flex flex-col gap-3 rounded-md border-[3px] border-double border-state-unknown p-3 text-sm">
      <h3 className="flex items-center gap-2 font-semibold text-state-unknown">
        <CircleHelp size={16} aria-hidden />
        {said.title}
      </h3>
      <p>{said.about(nameOf(node))}</p>
      <p className="text-muted">
        {said.known}: {unknown.known.detail} {unknown.known.fix}
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-xs">
        <dt className="text-muted">{said.key}</dt>
        <dd className="flex min-w-0 items-center gap-1">
          <code className="truncate font-mono">{unknown.key}</code>
          <CopyButton text={unknown.key} label={said.keyHelp} />
        </dd>
        {unknown.began_at ? (
          <>
            <dt className="text-muted">{said.since}</dt>
            <dd>{exactly(unknown.began_at)}</dd>
          </>
        ) : null}
      </dl>
      <div>
        <h4 className="mb-1 text-xs text-muted">{said.request}</h4>
        <JsonTree value={unknown.request} label={said.request} />
      </div>
      {allowed.includes("done") ? (
        <Field label={said.output} help={said.outputHelp} error={read.ok ? null : words.dialogs.fork.json}>
          {(control) => <TextArea {...control} rows={3} className="font-mono" value={output} onChange={(event) => setOutput(event.target.value)} />}
        </Field>
      ) : null}
      {say.error ? (
        <p role="alert" className="text-danger">
          {say.error.message}
        </p>
      ) : null}
      <div className="flex flex-wrap gap-2">
        {allowed.includes("done") ? (
          <Button variant="primary" busy={say.isPending} unavailable={refused ?? (read.ok ? null : words.dialogs.fork.json)} onClick={() => say.mutate("done")}>
            {said.done}
          </Button>
        ) : null}
        {allowed.includes("retry") ? (
          <Button busy={say.isPending} unavailable={refused} onClick={() => say.mutate("retry")}>
            {said.retry}
          </Button>
        ) : null}
        {allowed.includes("fail") ? (
          <Button variant="danger" busy={say.isPending} unavailable={refused} onClick={() => say.mutate("fail")}>
            {said.fail}
          </Button>
        ) : null}
      </div>
    </section>
  );
}
