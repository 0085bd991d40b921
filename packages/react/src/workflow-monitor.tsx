/** A run, live, for any page: how it stands in words, how far it is, and each of its steps. */
"use client";

import { type ReactElement, useEffect, useMemo, useRef } from "react";
import { type Row, rowsOf } from "./core/rows.ts";
import type { WorkflowStatus } from "./core/status.ts";
import { clock, duration, words } from "./core/words.ts";
import { useGraph } from "./hooks/use-graph.ts";
import { useWorkflowMonitor } from "./hooks/use-workflow-monitor.ts";
import { useWorkflowStatus } from "./hooks/use-workflow-status.ts";

export interface WorkflowMonitorProps {
  executionId: string;
  /** Called once for each run, when it has ended: well (`true`), or failed or cancelled (`false`). */
  onComplete?: (success: boolean) => void;
  className?: string;
}

/** Watches the run. Styled by `@tenuto/react/styles.css` and its variables, or by your own rules for the classes `tenuto-monitor…`. */
export function WorkflowMonitor({ executionId, onComplete, className }: WorkflowMonitorProps): ReactElement {
  const { updates, connected, error } = useWorkflowMonitor(executionId);
  const status = useWorkflowStatus(updates, useGraph(executionId));
  const rows = useMemo(() => rowsOf(updates), [updates]);
  useOnce(executionId, over(status) && !connected, () => onComplete?.(status.state === "completed"));
  const classes = className ? `tenuto-monitor ${className}` : "tenuto-monitor";
  return (
    <section className={classes} aria-label={words.title} data-state={status.state}>
      <header className="tenuto-monitor-head">
        <Chip state={status.state} word={words.state[status.state]} />
        <p className="tenuto-monitor-message" role="status">
          {status.message ?? ""}
        </p>
        {over(status) ? null : <Connection connected={connected} begun={updates.length > 0} />}
      </header>
      <progress className="tenuto-monitor-progress" max={100} value={status.progress} aria-label={words.progress} />
      {error === null ? null : (
        <p className="tenuto-monitor-error" role="alert">
          {error}
        </p>
      )}
      {rows.length === 0 ? <p className="tenuto-monitor-empty">{words.noSteps}</p> : <Steps rows={rows} />}
    </section>
  );
}

function over({ state }: WorkflowStatus): boolean {
  return state === "completed" || state === "failed";
}

/** Calls `act` when `due` becomes true, once for each `key`, however often the component is drawn or mounted for practice. */
function useOnce(key: string, due: boolean, act: () => void): void {
  const told = useRef<string | null>(null);
  const newest = useRef(act);
  useEffect(() => {
    newest.current = act;
  });
  useEffect(() => {
    if (!due || told.current === key) return;
    told.current = key;
    newest.current();
  }, [due, key]);
}

function Connection({ connected, begun }: { connected: boolean; begun: boolean }): ReactElement {
  const word = connected ? words.live : begun ? words.closed : words.connecting;
  return (
    <span className="tenuto-monitor-connection" data-connected={connected}>
      {word}
    </span>
  );
}

function Steps({ rows }: { rows: readonly Row[] }): ReactElement {
  return (
    <ol className="tenuto-monitor-steps" aria-label={words.steps}>
      {rows.map((row) => (
        <li key={row.node} className="tenuto-monitor-step" data-state={row.status}>
          <Chip state={row.status} word={words.row[row.status]} />
          <span className="tenuto-monitor-name">{row.name}</span>
          {row.simulated ? <span className="tenuto-monitor-mark">{words.simulated}</span> : null}
          <span className="tenuto-monitor-time" title={clock(row.startedAt)}>
            {row.took === null ? "" : duration(row.took)}
          </span>
          {row.remark === null ? null : <span className="tenuto-monitor-remark">{row.remark}</span>}
        </li>
      ))}
    </ol>
  );
}

/** One glyph for each state, beside its word: colour is never the only sign. */
const glyphs: Readonly<Record<Row["status"] | WorkflowStatus["state"], string>> = {
  idle: "○",
  running: "◔",
  retrying: "↻",
  waiting: "◷",
  unknown: "?",
  completed: "✓",
  skipped: "↷",
  failed: "×",
};

function Chip({ state, word }: { state: keyof typeof glyphs; word: string }): ReactElement {
  return (
    <span className="tenuto-monitor-chip" data-state={state}>
      <span aria-hidden="true">{glyphs[state]}</span> {word}
    </span>
  );
}
