/** How a run stands, in one line of words. */
import type { ExecutionState, Used } from "@tenuto/react/core";
import { count, duration, microdollars } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import type { Progress } from "./progress.ts";
import { waitingFor } from "./waiting.ts";

export interface Told {
  readonly state: Pick<ExecutionState, "status" | "nodes" | "active" | "error" | "endedBy" | "usage">;
  readonly progress: Progress;
  readonly nameOf: (node: string) => string;
  readonly trigger: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly spent: { working: number; waiting: number } | null;
  readonly now: number;
}

/** The first part: what is the matter. */
export function sentence({ state, nameOf, startedAt, endedAt, now }: Told): string {
  const said = words.verdict;
  switch (state.status) {
    case "pending":
      return said.pending;
    case "paused":
      return said.paused;
    case "compensating":
      return said.compensating;
    case "completed":
      return said.done(duration((endedAt ?? now) - (startedAt ?? now)));
    case "cancelled":
      return said.cancelled(capital(state.endedBy ?? ""));
    case "failed":
      return failure(state, nameOf);
    case "unknown":
      return said.unknown([...state.active].filter(([, node]) => node.status === "unknown").map(([id]) => nameOf(id)).join(", "));
    case "waiting":
      return waitingFor(state.active, nameOf, now) ?? words.state.waiting;
    default:
      return said.running(listed([...state.active].filter(([, node]) => node.status === "running").map(([id]) => nameOf(id))));
  }
}

/** What is known from the first moment, the sentence first; a part that has nothing to say is left out. `usage` and `worked` go on. */
export function verdict(told: Told): readonly string[] {
  const said = words.verdict;
  const { progress, trigger } = told;
  return [
    sentence(told),
    progress.reachable > 0 ? said.steps(progress.finished, progress.reachable) : "",
    trigger ? said.by(trigger) : "",
  ].filter(Boolean);
}

/** Known once the log is read, and so the last part of the line: the others stay where they are when it comes. */
export function worked(spent: Told["spent"]): string {
  const said = words.verdict;
  return spent === null ? "" : [spent.working > 0 ? said.working(duration(spent.working)) : "", spent.waiting >= 1_000 ? said.waited(duration(spent.waiting)) : ""].filter(Boolean).join(", ");
}

/** "3,120 tokens", "$0.018". */
export function usage(used: Used | null): readonly string[] {
  if (!used || used.calls === 0) return [];
  const tokens = used.input_tokens + used.output_tokens;
  return [tokens > 0 ? words.verdict.tokens(count(tokens)) : "", used.cost === null ? "" : microdollars(used.cost)].filter(Boolean);
}

function failure({ nodes, error }: Told["state"], nameOf: (node: string) => string): string {
  const at = [...nodes].find(([, node]) => node.status === "failed")?.[0];
  const why = (error?.detail ?? "").replace(/\.$/, "");
  return at === undefined ? words.verdict.failed(why) : words.verdict.failedAt(nameOf(at), why);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${words.waiting.more(names.length - 3)}` : shown;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
