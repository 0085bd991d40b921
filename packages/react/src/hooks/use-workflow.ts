/** Starting a workflow. */
"use client";

import { useCallback, useRef, useState } from "react";
import { finished } from "../core/finished.ts";
import type { WorkflowDefinition, WorkflowExecution } from "../core/kept.ts";
import { isAbort, sentence } from "../core/problem.ts";
import { useClient } from "../provider.tsx";
import { useLeaving } from "./use-leaving.ts";
import { useWriting } from "./use-writing.ts";

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
  const { writing, refused, clearRefused, write } = useWriting();
  const [lost, setLost] = useState<string | null>(null);
  const [execution, setExecution] = useState<WorkflowExecution | null>(null);
  const leaving = useLeaving();
  const latest = useRef(0);

  const executeWorkflow = useCallback<UseWorkflow["executeWorkflow"]>(
    async (workflow, message, userId) => {
      const mine = (latest.current += 1);
      const isLatest = (): boolean => latest.current === mine;
      setLost(null);
      const run = await write(() => client.execute({ workflow, message, user_id: userId ?? null }));
      if (run === null) return null;
      if (isLatest()) setExecution(run);
      const end = finished(client, run.id, leaving());
      void end.then(
        (ended) => isLatest() && setExecution(ended),
        (problem: unknown) => isLatest() && !isAbort(problem) && setLost(sentence(problem)),
      );
      return { ...run, finished: end };
    },
    [client, leaving, write],
  );
  const clearError = useCallback(() => {
    clearRefused();
    setLost(null);
  }, [clearRefused]);
  return { executeWorkflow, loading: writing, error: refused ?? lost, execution, clearError };
}
