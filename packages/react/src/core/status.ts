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
  const names: Names = new Map();
  for (const update of updates) take(status, update, names);
  if (graph && status.state !== "idle" && status.state !== "completed") status.progress = share(updates, graph);
  return status;
}

type Data = MonitorUpdate["data"];
/** What a node is called, by its id: only its beginning and its end name its agent. */
type Names = Map<string, string>;

/** What is said after a message, where it is worth a sentence; `name` is the node's, by its agent where it has one. */
const sentences: Readonly<Record<string, (name: string, data: Data, names: Names) => string>> = {
  workflow_started: (_, data) => words.started(text(data["workflow_name"]) ?? ""),
  node_started: (name) => words.nodeRunning(name),
  node_completed: (name) => words.nodeDone(name),
  node_waiting: (name, data) => words.nodeWaiting(name, text(data["reason"]) ?? "", clock(text(data["until"]))),
  node_retrying: (name, data) => words.nodeRetrying(name, clock(text(data["until"]))),
  node_unknown: (name) => words.nodeUnknown(name),
  workflow_waiting: (_, data, names) => words.waiting(texts(data["waiting_for"], names)),
  workflow_paused: (_, data) => words.paused(text(data["by"]) ?? ""),
  workflow_resumed: (_, data) => words.resumed(text(data["by"]) ?? ""),
};
/** How far the guess may come with a message of this type. */
const caps: Readonly<Record<string, number>> = { workflow_started: 90, node_started: 90, node_completed: 95 };
const begins: ReadonlySet<string> = new Set(["workflow_started", "node_started", "workflow_resumed"]);

function take(status: WorkflowStatus, { type, data }: MonitorUpdate, names: Names): void {
  const node = text(data["node_id"]);
  const agent = text(data["agent_name"]);
  if (node !== null && agent !== null) names.set(node, agent);
  const sentence = Object.hasOwn(sentences, type) ? sentences[type] : undefined;
  if (sentence === undefined) return end(status, type, text(data["error"]));
  status.message = sentence(node === null ? "" : (names.get(node) ?? node), data, names);
  if (begins.has(type)) status.state = "running";
  if (type === "node_started" && node !== null) status.currentNode = node;
  const cap = caps[type];
  if (cap !== undefined) status.progress = Math.max(status.progress, Math.min(status.progress + 10, cap));
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

/** Each is `node: what it waits for`. */
function texts(value: unknown, names: Names): string {
  if (!Array.isArray(value)) return "";
  return value
    .filter((one) => typeof one === "string")
    .map((one) => one.replace(/^[^:]+(?=: )/, (node) => names.get(node) ?? node))
    .join(", ");
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
