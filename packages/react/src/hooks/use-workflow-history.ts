/** The runs of the past. */
"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { ExecutionFilter } from "../core/client.ts";
import type { WorkflowExecution } from "../core/kept.ts";
import { useClient } from "../provider.tsx";
import { useLatest } from "./use-latest.ts";

export interface UseWorkflowHistory {
  /** Newest first. */
  executions: WorkflowExecution[];
  loading: boolean;
  error: string | null;
  fetchExecutions: (workflowId?: string, status?: WorkflowExecution["status"]) => Promise<void>;
  /** Ask again, with the same filter. */
  refresh: () => Promise<void>;
}

/** Runs, newest first; all of them are asked for at the beginning. */
export function useWorkflowHistory(): UseWorkflowHistory {
  const client = useClient();
  const { loading, error, run } = useLatest(true);
  const [executions, setExecutions] = useState<WorkflowExecution[]>([]);
  const filter = useRef<ExecutionFilter>({});

  const refresh = useCallback(async () => {
    const found = await run((signal) => client.executions(filter.current, { signal }));
    if (found !== null) setExecutions([...found]);
  }, [client, run]);

  const fetchExecutions = useCallback<UseWorkflowHistory["fetchExecutions"]>(
    (workflowId, status) => {
      filter.current = { workflowId, status };
      return refresh();
    },
    [refresh],
  );

  useEffect(() => void refresh(), [refresh]);
  return { executions, loading, error, fetchExecutions, refresh };
}
