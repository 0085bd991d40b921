/** How a run and its nodes stand: what the fold makes of the log, and how it is shown as plain JSON. */

import type { JsonValue, Status } from "./api.ts";
import type { Effect, EventProblem, StepCompleted, StepStarted } from "./events.ts";
import type { Used } from "./usage.ts";

export type NodeStatus = "running" | "retrying" | "waiting" | "unknown" | "completed" | "skipped" | "failed";

/** What the log says of one node. */
export interface NodeState {
  status: NodeStatus;
  attempt: number;
  /** Attempts made before the run was taken up again. */
  before: number;
  key: string;
  effect: Effect;
  input: JsonValue;
  output: JsonValue;
  port: string | null;
  problem: EventProblem | null;
  until: string | null;
  /** What it waits for, or why it was skipped where that is more than that no edge fired. */
  reason: string | null;
  /** Whether it was ended while an outside effect of it was under way, which may or may not have happened. */
  inFlight: boolean;
  undoes: string | null;
  data: Readonly<Record<string, JsonValue>> | null;
  /** Whether it is held by a rate limit, now or before this attempt went on. */
  held: boolean;
  startedAt: string | null;
  finishedAt: string | null;
  /** Its parts, in the order of what happened last. */
  steps: Map<string, StepStarted | StepCompleted>;
  usage: Used | null;
  /** Characters that the attempt's code has printed so far. */
  printed: number;
  /** The step of which nobody knows whether it happened. */
  doubt: string | null;
}

/** A run as its log tells it. `evolve` alone changes it, in place: a copy per event would make a run of n nodes cost n². */
export interface ExecutionState {
  status: Status;
  head: number;
  /** Of a fork: so many of its first events are another run's. */
  copied: number;
  nodes: Map<string, NodeState>;
  vars: Map<string, JsonValue>;
  output: JsonValue;
  error: EventProblem | null;
  /** Nodes that are neither behind us nor untouched: running, retrying, waiting, unknown. */
  active: Map<string, NodeState>;
  waitingFor: readonly string[];
  /** The node that was started last. */
  current: string | null;
  usage: Used | null;
  /** Whether the run has failed and what it had done is being undone, or has been. */
  undoing: boolean;
  undone: readonly string[];
  notUndone: readonly string[];
  /** Who cancelled the run, in words. */
  endedBy: string | null;
}

/** The state before the first event. */
export function initialState(): ExecutionState {
  return {
    status: "pending",
    head: 0,
    copied: 0,
    nodes: new Map(),
    vars: new Map(),
    output: null,
    error: null,
    active: new Map(),
    waitingFor: [],
    current: null,
    usage: null,
    undoing: false,
    undone: [],
    notUndone: [],
    endedBy: null,
  };
}

/** The node of this name, which is made where the log speaks of it for the first time. */
export function nodeOf(state: ExecutionState, name: string): NodeState {
  let node = state.nodes.get(name);
  if (node === undefined) {
    node = {
      status: "running",
      attempt: 0,
      before: 0,
      key: "",
      effect: "pure",
      input: null,
      output: null,
      port: null,
      problem: null,
      until: null,
      reason: null,
      inFlight: false,
      undoes: null,
      data: null,
      held: false,
      startedAt: null,
      finishedAt: null,
      steps: new Map(),
      usage: null,
      printed: 0,
      doubt: null,
    };
    state.nodes.set(name, node);
  }
  return node;
}

/** The state as plain JSON: what `spec/traces` holds and both folds must agree on. */
export function view(state: ExecutionState): { [key: string]: JsonValue } {
  const shown: { [key: string]: JsonValue } = {
    status: state.status,
    head: state.head,
    nodes: Object.fromEntries([...state.nodes].map(([name, node]) => [name, nodeView(node)])),
    output: state.output,
    error: state.error?.detail ?? null,
    waiting_for: [...state.waitingFor],
  };
  if (state.usage !== null) {
    const { calls, input_tokens, output_tokens, cost } = state.usage;
    shown["usage"] = { calls, tokens: input_tokens + output_tokens, cost };
  }
  if (state.undone.length > 0 || state.notUndone.length > 0) {
    shown["undone"] = [...state.undone];
    shown["not_undone"] = [...state.notUndone];
  }
  return shown;
}

function nodeView(node: NodeState): { [key: string]: JsonValue } {
  const { status, attempt, output, port } = node;
  const shown: { [key: string]: JsonValue } = { status, attempt, output, port };
  if (node.problem) shown["problem"] = node.problem.type;
  if (status === "skipped" && node.reason) {
    shown["reason"] = node.reason;
    shown["in_flight"] = node.inFlight;
  }
  if (node.undoes) shown["undoes"] = node.undoes;
  return shown;
}
