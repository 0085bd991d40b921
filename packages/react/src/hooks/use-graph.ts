/** The graph of a run, for a progress that is real. */
"use client";

import { useEffect, useState } from "react";
import type { GraphView } from "../core/api.ts";
import { useClient } from "../provider.tsx";

interface Found {
  readonly executionId: string;
  readonly graph: GraphView | null;
}

/** The graph that the run runs, or null as long as it is not known; progress is a guess then, and nothing else is missing. */
export function useGraph(executionId: string): GraphView | null {
  const client = useClient();
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    client.execution(executionId, { signal: controller.signal }).then(
      ({ graph }) => setFound({ executionId, graph }),
      // The stream tells of whatever is wrong; a graph alone is not worth a word.
      () => undefined,
    );
    return () => controller.abort();
  }, [client, executionId]);
  return found?.executionId === executionId ? found.graph : null;
}
