/** The nodes of a run as a list of what has happened, told from the messages of its stream. */

import type { MonitorUpdate } from "./kept.ts";
import type { NodeStatus } from "./state.ts";

export interface Row {
  readonly node: string;
  readonly name: string;
  readonly kind: string | null;
  readonly status: NodeStatus;
  readonly simulated: boolean;
  /** From its first start to its end, in milliseconds; null while it goes on. */
  readonly took: number | null;
  readonly startedAt: string;
  /** One sentence about why it stands where it stands, where there is one. */
  readonly remark: string | null;
}

const statuses: Readonly<Record<string, NodeStatus>> = {
  node_started: "running",
  node_retrying: "retrying",
  node_waiting: "waiting",
  node_unknown: "unknown",
  node_completed: "completed",
  node_skipped: "skipped",
  node_failed: "failed",
};
const settled: ReadonlySet<NodeStatus> = new Set(["completed", "skipped", "failed"]);

/** One row for each node that the messages speak of, in the order of its first one. */
export function rowsOf(updates: readonly MonitorUpdate[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const update of updates) {
    const status = statuses[update.type];
    const node = update.data["node_id"];
    if (status !== undefined && typeof node === "string") rows.set(node, row(rows.get(node), node, status, update));
  }
  return [...rows.values()];
}

function row(before: Row | undefined, node: string, status: NodeStatus, { data, timestamp }: MonitorUpdate): Row {
  const startedAt = before?.startedAt ?? timestamp;
  const took = Date.parse(timestamp) - Date.parse(startedAt);
  return {
    node,
    name: text(data["agent_name"]) ?? before?.name ?? node,
    kind: text(data["node_type"]) ?? before?.kind ?? null,
    status,
    simulated: data["simulated"] === true || (before?.simulated ?? false),
    took: settled.has(status) && status !== "skipped" && took >= 0 ? took : null,
    startedAt,
    remark: remark(data),
  };
}

function remark(data: MonitorUpdate["data"]): string | null {
  const problem = data["problem"];
  if (typeof problem === "object" && problem !== null && !Array.isArray(problem)) return text(problem["detail"]);
  // A node that asks a person says what it asks.
  const asked = data["data"];
  const title = typeof asked === "object" && asked !== null && !Array.isArray(asked) ? text(asked["title"]) : null;
  return title ?? text(data["reason"]);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
