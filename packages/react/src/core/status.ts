/** How a run stands, told from the messages of its stream: state, node, progress and a sentence. */

import type { GraphView } from "./api.ts";
import type { MonitorUpdate } from "./kept.ts";
import { clock, words } from "./words.ts";

export interface WorkflowStatus {
  state: "idle" | "running" | "completed" | "failed";
  currentNode?: string;
  /** Percent. With the graph: of the nodes that can still be reached, how many are done. Without: a guess, ten for each event. */
  progress: number;
  message?: string;
}

/** What of a graph progress needs. */
export type Reachable = Pick<GraphView, "start_node" | "edges">;

/** The status after these messages. */
export function statusOf(updates: readonly MonitorUpdate[], graph?: Reachable | null): WorkflowStatus {
  const status: WorkflowStatus = { state: "idle", progress: 0 };
  for (const update of updates) take(status, update);
  if (graph && status.state !== "idle" && status.state !== "completed") status.progress = share(updates, graph);
  return status;
}

function take(status: WorkflowStatus, { type, data }: MonitorUpdate): void {
  const node = text(data["node_id"]);
  const name = text(data["agent_name"]) ?? node ?? "";
  switch (type) {
    case "workflow_started":
      status.state = "running";
      status.message = words.started(text(data["workflow_name"]) ?? "");
      advance(status, 90);
      return;
    case "node_started":
      status.state = "running";
      if (node !== null) status.currentNode = node;
      status.message = words.nodeRunning(name);
      advance(status, 90);
      return;
    case "node_completed":
      status.message = words.nodeDone(name);
      advance(status, 95);
      return;
    case "node_waiting":
      status.message = words.nodeWaiting(name, text(data["reason"]) ?? "", clock(text(data["until"])));
      return;
    case "node_retrying":
      status.message = words.nodeRetrying(name, clock(text(data["until"])));
      return;
    case "node_unknown":
      status.message = words.nodeUnknown(name);
      return;
    case "workflow_paused":
      status.message = words.paused(text(data["by"]) ?? "");
      return;
    case "workflow_resumed":
      status.state = "running";
      status.message = words.resumed(text(data["by"]) ?? "");
      return;
    default:
      end(status, type, text(data["error"]));
  }
}

function end(status: WorkflowStatus, type: string, error: string | null): void {
  if (type === "workflow_completed") {
    status.state = "completed";
    status.progress = 100;
    status.message = words.completed;
  } else if (type === "workflow_failed" || type === "workflow_cancelled") {
    status.state = "failed";
    status.message = error ?? words.failed;
  } else return;
  delete status.currentNode;
}

function advance(status: WorkflowStatus, cap: number): void {
  status.progress = Math.max(status.progress, Math.min(status.progress + 10, cap));
}

/** Finished nodes over those that are, or can still be, reached: a branch that was not taken is told of as skipped. */
function share(updates: readonly MonitorUpdate[], graph: Reachable): number {
  const reachable = reach(graph);
  const done = new Set<string>();
  for (const { type, data } of updates) {
    const node = text(data["node_id"]);
    if (node === null || !reachable.has(node)) continue;
    if (type === "node_started") done.delete(node);
    else if (type === "node_completed" || type === "node_failed") done.add(node);
    else if (type === "node_skipped") {
      done.delete(node);
      reachable.delete(node);
    }
  }
  // A hundred percent is said by the run's end alone.
  return reachable.size === 0 ? 0 : Math.min(99, Math.floor((100 * done.size) / reachable.size));
}

function reach({ start_node, edges }: Reachable): Set<string> {
  const ways = new Map<string, string[]>();
  for (const edge of edges) ways.set(edge.from, [...(ways.get(edge.from) ?? []), edge.to]);
  const found = new Set([start_node]);
  // A set is walked in the order in which it grows.
  for (const node of found) for (const next of ways.get(node) ?? []) found.add(next);
  return found;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
