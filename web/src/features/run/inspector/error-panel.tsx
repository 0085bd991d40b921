/** What went wrong in a step: what happened, why, and what to do. */
import type { ProblemData } from "@tenuto/react/api";
import { OctagonX } from "lucide-react";
import type { ReactElement } from "react";
import { exactly, timeOfDay } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { CopyButton } from "~/ui/copy-button";
import { LongText } from "~/ui/long-text";
import { nameOf } from "../model/look.ts";

export interface ErrorPanelProps {
  problem: ProblemData;
  attempt: number;
  at: string | null;
  /** While it will be tried again by itself: when. */
  again?: string | null;
}

export function ErrorPanel({ problem, attempt, at, again }: ErrorPanelProps): ReactElement {
  const said = words.inspector;
  const todo = again ? `Wait until ${timeOfDay(again)}; it tries again by itself.` : (problem.fix ?? "Mend the step, then retry from the failure or fork from here.");
  return (
    <section className="flex flex-col gap-3 rounded-md border border-danger bg-danger-soft p-3 text-sm">
      <div>
        <h3 className="flex items-center gap-2 text-xs font-medium text-danger">
          <OctagonX size={14} aria-hidden />
          {said.happened}
        </h3>
        <LongText text={problem.detail} lines={8} className="mt-1 whitespace-pre-wrap" />
        <p className="text-xs text-muted">{said.attemptOf(attempt, at ? exactly(at) : "")}</p>
      </div>
      <div>
        <h3 className="text-xs font-medium text-danger">{said.why}</h3>
        <p className="mt-1">
          {nameOf(problem.type)}
          {problem.status ? ` (${problem.status})` : ""}
          {problem.pointer ? <code className="ml-2 font-mono text-mono">{problem.pointer}</code> : null}
        </p>
      </div>
      <div>
        <h3 className="text-xs font-medium text-danger">{said.todo}</h3>
        <p className="mt-1">{todo}</p>
      </div>
      {problem.raw ? (
        <details>
          <summary className="cursor-pointer text-xs font-medium">{said.raw}</summary>
          <pre className="mt-1 max-h-60 overflow-auto rounded bg-surface p-2 font-mono text-xs break-words whitespace-pre-wrap">{problem.raw}</pre>
        </details>
      ) : null}
      <div>
        <CopyButton withWord label={said.copy} text={() => JSON.stringify({ ...problem, attempt, at }, null, 2)} />
      </div>
    </section>
  );
}
