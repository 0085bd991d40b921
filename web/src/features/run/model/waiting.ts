/** What a run or a step waits for, in words. */
import type { NodeState } from "@tenuto/react/core";
import { relative, timeOfDay } from "~/lib/format";
import { run as words } from "~/lib/strings/run";

type Waits = Pick<NodeState, "status" | "reason" | "until" | "held" | "data">;

/** "approval of “Refund?” by Finance": what a sentence that begins with "Waiting for" goes on with. */
export function waitsFor(name: string, node: Waits): string {
  const said = words.waiting;
  if (node.status === "unknown") return said.unknown(name);
  if (node.status === "retrying") return said.retry(name, node.until ? timeOfDay(node.until) : "");
  if (node.held) return said.limit(name);
  const data = node.data ?? {};
  switch (node.reason) {
    case "approval":
      return said.approval(text(data["title"]) || name, asked(data["approvers"]));
    case "delay":
      return said.time(name, node.until ? timeOfDay(node.until) : "");
    case "event":
      return said.event(text(data["event"]));
    case "call":
      return said.call(name);
    case "children":
      return said.children(name, typeof data["count"] === "number" ? data["count"] : null);
    case "budget":
      return said.budget;
    default:
      return said.other(name, node.reason ?? "");
  }
}

/** All of a run's waits as one sentence; the first two are named. Null where nothing waits. */
export function waitingFor(nodes: Iterable<readonly [string, Waits & Pick<NodeState, "startedAt">]>, nameOf: (node: string) => string, now: number): string | null {
  const waits = [...nodes].filter(([, node]) => ["waiting", "unknown", "retrying"].includes(node.status));
  if (waits.length === 0) return null;
  const named = waits.slice(0, 2).map(([id, node]) => waitsFor(nameOf(id), node));
  const rest = waits.length > 2 ? [words.waiting.more(waits.length - 2)] : [];
  const since = waits.map(([, node]) => node.startedAt ?? "").filter(Boolean).toSorted()[0];
  return words.waiting.for([...named, ...rest].join(words.waiting.and), since ? relative(since, now).replace(/ ago$/, "") : "");
}

/** Who is asked, without the kind before the colon: `role:owner` is "owner". */
function asked(approvers: unknown): string {
  if (!Array.isArray(approvers)) return "";
  return approvers.filter((one): one is string => typeof one === "string").map((one) => one.replace(/^[a-z]+:/, "")).join(", ");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
