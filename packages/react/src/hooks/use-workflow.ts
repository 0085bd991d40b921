/** Starting a workflow. */
"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { finished } from "../core/finished.ts";
import type { WorkflowDefinition, WorkflowExecution } from "../core/kept.ts";
import { isAbort, sentence } from "../core/problem.ts";
import { useClient } from "../provider.tsx";

/** A run that has begun: it is pending at once, and `finished` is its end. */
export type StartedExecution = WorkflowExecution & {
  /** Resolves when the run has ended, well or badly; rejects where it cannot be watched, or with an abort when the page is left. */
  readonly finished: Promise<WorkflowExecution>;
};

export interface UseWorkflow {
  /** Start it. Resolves at once with the pending run, or with null where it could not be started: `error` says why. */
  executeWorkflow: (workflow: WorkflowDefinition, message: string, userId?: string) => Promise<StartedExecution | null>;
  /** Whether a start is on its way; how the run goes on is `execution`. */
  loading: boolean;
  error: string | null;
  /** The run that was started last; replaced when it has ended. */
  execution: WorkflowExecution | null;
  clearError: () => void;
}

/** Start workflows, one after the other, and see the latest run. */
export function useWorkflow(): UseWorkflow {
  const client = useClient();
  const [starting, setStarting] = useState(0);
  const [error, setError] = useState<string | null>(null);
  const [execution, setExecution] = useState<WorkflowExecution | null>(null);
  const leaving = useRef(new AbortController());
  const latest = useRef(0);
  useEffect(() => {
    // React's strict mode leaves once for practice; what is started afterwards must not find itself ended.
    const controller = (leaving.current = new AbortController());
    return () => controller.abort();
  }, []);

  const executeWorkflow = useCallback<UseWorkflow["executeWorkflow"]>(
    async (workflow, message, userId) => {
      const mine = (latest.current += 1);
      const { signal } = leaving.current;
      const show = (run: WorkflowExecution): void => {
        if (latest.current === mine && !signal.aborted) setExecution(run);
      };
      setStarting((count) => count + 1);
      setError(null);
      try {
        // A start is never given up half-way: whether the run exists would be anybody's guess.
        const run = await client.execute({ workflow, message, user_id: userId ?? null });
        show(run);
        const end = finished(client, run.id, signal);
        end.then(show, (problem: unknown) => {
          if (latest.current === mine && !isAbort(problem)) setError(sentence(problem));
        });
        return { ...run, finished: end };
      } catch (problem) {
        if (latest.current === mine) setError(sentence(problem));
        return null;
      } finally {
        setStarting((count) => count - 1);
      }
    },
    [client],
  );
  const clearError = useCallback(() => setError(null), []);
  return { executeWorkflow, loading: starting > 0, error, execution, clearError };
}
