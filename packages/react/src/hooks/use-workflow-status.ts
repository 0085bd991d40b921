/** How a watched run stands. */
"use client";

import { useMemo } from "react";
import type { MonitorUpdate } from "../core/kept.ts";
import { type Reachable, type WorkflowStatus, statusOf } from "../core/status.ts";

/** State, node, progress and a sentence, from the messages of `useWorkflowMonitor`; with the run's `graph` the progress is real. */
export function useWorkflowStatus(updates: readonly MonitorUpdate[], graph?: Reachable | null): WorkflowStatus {
  return useMemo(() => statusOf(updates, graph), [updates, graph]);
}
