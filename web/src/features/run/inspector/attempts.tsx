/** Every attempt of a step, the newest first, and the parts of its work. */
import type { AttemptView, NodeDetail, StepView } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { duration, exactly } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { type StatusName, StatusChip } from "~/ui/chip";
import { JsonTree } from "~/ui/json-tree";
import { usage } from "../model/verdict.ts";
import { usedOf } from "../model/from-detail.ts";

const looks: Readonly<Record<AttemptView["outcome"], StatusName>> = { running: "running", completed: "done", failed: "failed", retrying: "retrying", unknown: "unknown", stopped: "cancelled" };

export function Attempts({ detail }: { detail: NodeDetail }): ReactElement {
  return (
    <ol className="flex flex-col gap-3">
      {detail.attempts.toReversed().map((attempt) => (
        <li key={attempt.attempt} className="rounded-md border border-line p-3 text-sm">
          <div className="flex flex-wrap items-center gap-2">
            <span className="font-medium capitalize">{words.node.attempt(attempt.attempt)}</span>
            <StatusChip status={looks[attempt.outcome]}>{words.inspector.outcome[attempt.outcome]}</StatusChip>
            <span className="text-xs text-muted">
              {exactly(attempt.started_at)}
              {attempt.ended_at ? `, ${duration(Date.parse(attempt.ended_at) - Date.parse(attempt.started_at))}` : ""}
            </span>
          </div>
          {attempt.problem ? <p className="mt-2 break-words">{attempt.problem.detail}</p> : null}
          <Steps steps={detail.steps.filter((step) => step.attempt === attempt.attempt)} />
        </li>
      ))}
    </ol>
  );
}

function Steps({ steps }: { steps: readonly StepView[] }): ReactElement | null {
  if (steps.length === 0) return null;
  return (
    <details className="mt-2">
      <summary className="cursor-pointer text-xs font-medium text-muted">
        {words.inspector.steps} ({steps.length})
      </summary>
      <ol className="mt-2 flex flex-col gap-2">
        {steps.map((step) => (
          <li key={`${step.attempt} ${step.step}`} className="border-l-2 border-line pl-3">
            <p className="flex flex-wrap gap-x-2 text-xs">
              <code className="font-mono">{step.step}</code>
              <span className="text-muted">
                {[step.effect, took(step), ...usage(usedOf(step.usage))].filter(Boolean).join(" · ")}
              </span>
            </p>
            {step.problem ? <p className="text-xs text-danger">{step.problem.detail}</p> : null}
            <JsonTree value={{ input: step.input, output: step.output }} label={step.step} open={1} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function took({ started_at, completed_at }: StepView): string {
  return started_at && completed_at ? duration(Date.parse(completed_at) - Date.parse(started_at)) : "";
}
