/** How a step stands: one of the states of design/ux.md, B3, and its words. */
import type { NodeState, Status } from "@tenuto/react/core";
import { duration, stopwatch, timeOfDay } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import type { StatusName } from "~/ui/chip";

export interface Look {
  readonly status: StatusName;
  readonly word: string;
  /** Whether its words change as time goes by. */
  readonly ticking: boolean;
}

type Stands = Pick<NodeState, "status" | "attempt" | "reason" | "until" | "held" | "data" | "problem" | "startedAt" | "finishedAt">;

const over: ReadonlySet<Status> = new Set(["completed", "failed", "cancelled"]);

/** `at` is now, in milliseconds. */
export function lookOf(node: Stands | undefined, run: Status, at: number): Look {
  const said = words.node;
  if (!node) return still("not-reached", said.notReached);
  // What was under way when the run ended did not end by itself.
  const stopped = over.has(run) && !["completed", "failed", "skipped"].includes(node.status);
  if (stopped) return still("cancelled", said.cancelled);
  switch (node.status) {
    case "running":
      return { status: run === "paused" ? "paused" : "running", word: said.running(stopwatch(since(node, at))), ticking: true };
    case "waiting":
      return waiting(node);
    case "retrying":
      return retrying(node, at);
    case "completed":
      return still("done", said.done(duration(took(node) ?? 0), node.attempt - 1));
    case "skipped":
      return still("skipped", node.reason === "lost" ? said.lost : node.reason === "failed" ? said.afterFailure : said.skipped);
    case "failed":
      return still("failed", said.failed(node.problem ? nameOf(node.problem.type) : ""));
    default:
      return still("unknown", said.unknown);
  }
}

/** How long it took from its first start to its end, in milliseconds; null while it goes on. */
export function took({ startedAt, finishedAt }: Pick<NodeState, "startedAt" | "finishedAt">): number | null {
  return startedAt && finishedAt ? Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) : null;
}

/** `rate-limited` → "rate limited". */
export function nameOf(problem: string): string {
  return problem.split("/").at(-1)?.replaceAll("-", " ") ?? "";
}

function waiting({ reason, until, held, data }: Stands): Look {
  const said = words.node;
  if (held) return still("waiting", said.limit);
  if (reason === "approval") {
    const answers = Array.isArray(data?.["answers"]) ? data["answers"].length : 0;
    return still("person", said.approval(answers, typeof data?.["required"] === "number" ? data["required"] : 1));
  }
  if (reason === "budget") return still("person", said.budget);
  if (reason === "event") return still("waiting", said.event(typeof data?.["event"] === "string" ? data["event"] : ""));
  if (reason === "call") return still("waiting", said.call);
  if (reason === "children") return still("running", said.children(said.runs));
  if (until) return still("waiting", said.until(timeOfDay(until)));
  return still("waiting", said.waits(reason ?? ""));
}

function retrying(node: Stands, at: number): Look {
  const left = node.until ? Math.max(0, Date.parse(node.until) - at) : 0;
  return { status: "retrying", word: words.node.retrying(node.attempt + 1, stopwatch(left)), ticking: true };
}

function since({ startedAt }: Stands, at: number): number {
  return startedAt ? at - Date.parse(startedAt) : 0;
}

function still(status: StatusName, word: string): Look {
  return { status, word, ticking: false };
}
