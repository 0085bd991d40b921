/** What can be asked of a run as it stands, and why not where it cannot. */
import type { ExecutionState, NodeState } from "@tenuto/react/core";
import { run as words } from "~/lib/strings/run";

export type Operation = "cancel" | "pause" | "resume" | "retry" | "fork" | "replay" | "remove";

export interface Standing {
  readonly status: ExecutionState["status"];
  readonly imported: boolean;
  readonly stored: boolean;
  readonly child: boolean;
  /** The step that is selected, as it stands. */
  readonly selected: NodeState | null | undefined;
  readonly may: (permission: string) => boolean;
}

const ended = new Set(["completed", "failed", "cancelled"]);
const permissions: Readonly<Record<Operation, string>> = {
  cancel: "execution:operate",
  pause: "execution:operate",
  resume: "execution:operate",
  retry: "execution:operate",
  fork: "execution:start",
  replay: "execution:start",
  remove: "execution:delete",
};

/** Null where it can be done, else a sentence. */
export function whyNot(operation: Operation, at: Standing): string | null {
  const said = words.why;
  const over = ended.has(at.status);
  if (!at.may(permissions[operation])) return said.permission(permissions[operation]);
  if (at.imported && operation !== "remove") return said.imported;
  switch (operation) {
    case "cancel":
      return over ? said.ended : null;
    case "pause":
      return over ? said.ended : at.status === "paused" ? said.paused : at.status === "compensating" ? said.undoing : null;
    case "resume":
      return at.status === "paused" ? null : over ? said.ended : said.notPaused;
    case "retry":
      return at.status === "failed" ? null : said.notFailed;
    case "fork":
      return at.selected === null ? said.noStep : at.selected === undefined || at.selected.startedAt === null ? said.notStarted : null;
    case "replay":
      return over ? (at.stored ? null : said.noWorkflow) : said.notEnded;
    default:
      return over ? null : said.notEnded;
  }
}

/** The buttons that stand in the bar: the others are in the menu, each with its reason. */
export function inBar(status: ExecutionState["status"], selected: boolean): readonly Operation[] {
  if (status === "failed") return selected ? ["fork", "retry"] : ["retry"];
  if (ended.has(status)) return ["fork"];
  return status === "paused" ? ["cancel", "resume"] : ["pause", "cancel"];
}
