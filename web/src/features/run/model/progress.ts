/** How far a run is: steps that have ended over steps that can still be reached, told anew as branches are decided. */
import type { ExecutionState, GraphView } from "@tenuto/react/core";

export interface Progress {
  readonly finished: number;
  readonly reachable: number;
}

export function progressOf(state: Pick<ExecutionState, "nodes">, graph: GraphView | null): Progress {
  if (!graph) {
    const ended = [...state.nodes.values()].filter((node) => node.status === "completed" || node.status === "failed").length;
    return { finished: ended, reachable: state.nodes.size };
  }
  const ways = new Map<string, string[]>();
  for (const { from, port, to } of graph.edges) {
    const node = state.nodes.get(from);
    const lost = node !== undefined && (node.status === "skipped" || (node.port !== null && node.port !== (port ?? "out")));
    if (!lost) ways.set(from, [...(ways.get(from) ?? []), to]);
  }
  const reached = new Set([graph.start_node]);
  // A set is walked in the order in which it grows.
  for (const node of reached) for (const next of ways.get(node) ?? []) reached.add(next);
  const real = [...reached].filter((node) => state.nodes.get(node)?.status !== "skipped");
  const finished = real.filter((node) => ["completed", "failed"].includes(state.nodes.get(node)?.status ?? "")).length;
  return { finished, reachable: real.length };
}
