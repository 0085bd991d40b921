/** Watching a run live. */
"use client";

import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { MonitorUpdate } from "../core/kept.ts";
import { Monitor } from "../core/monitor.ts";
import { useClient } from "../provider.tsx";

export interface UseWorkflowMonitor {
  /** Every message of the run so far but `connected`, in order. */
  updates: MonitorUpdate[];
  connected: boolean;
  /** Why nothing comes, in a sentence. */
  error: string | null;
  clearUpdates: () => void;
}

/** Watch a run from its first event, over lost connections; closes one second after it has ended. */
export function useWorkflowMonitor(executionId: string | null | undefined, enabled = true): UseWorkflowMonitor {
  const client = useClient();
  const monitor = useMemo(() => new Monitor(client, executionId || null), [client, executionId]);
  const { updates, connected, error } = useSyncExternalStore(monitor.subscribe, monitor.snapshot, monitor.snapshot);
  useEffect(() => (enabled ? monitor.open() : undefined), [monitor, enabled]);
  return { updates, connected, error, clearUpdates: monitor.clear };
}
