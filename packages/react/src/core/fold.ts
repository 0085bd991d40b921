/** The one fold that makes a run's state of its log: Python's `evolve`, line for line, held equal by `spec/traces`. */

import type {
  ExecutionEvent,
  NodeCompleted,
  NodeFailed,
  NodeRetrying,
  NodeSkipped,
  NodeStarted,
  NodeUnknown,
  NodeWaiting,
  StepCompleted,
  StepStarted,
  WorkflowCancelled,
  WorkflowCompleted,
  WorkflowFailed,
  WorkflowPaused,
  WorkflowResumed,
  WorkflowWaiting,
} from "./events.ts";
import { type ExecutionState, type NodeState, initialState, nodeOf } from "./state.ts";
import { counted, used } from "./usage.ts";

type Steps = NodeState["steps"];
type Usage = NodeStarted["data"]["usage"];

/** The state after all these events. */
export function fold(events: Iterable<ExecutionEvent>): ExecutionState {
  const state = initialState();
  for (const event of events) evolve(state, event);
  return state;
}

/** Take one event in, in place. Constant work whatever the size of the run; a type that is not known yet only moves the head. */
export function evolve(state: ExecutionState, event: ExecutionEvent): void {
  state.head = event.seq;
  switch (event.type) {
    case "workflow_started":
      state.status = "running";
      state.copied = event.data.forked?.copied ?? 0;
      for (const [name, value] of Object.entries(event.data.vars ?? {})) state.vars.set(name, value);
      return;
    case "node_started":
    case "node_waiting":
    case "node_retrying":
    case "node_unknown":
      return evolveActive(state, event);
    case "node_completed":
    case "node_skipped":
    case "node_failed":
      return evolveSettled(state, event);
    case "step_started":
    case "step_completed":
      return evolveStep(state, event);
    case "node_progress":
      if (event.data.kind === "print") print(state.nodes.get(event.node ?? ""), event.data.data);
      return;
    case "workflow_waiting":
    case "workflow_paused":
    case "workflow_resumed":
      return evolveStatus(state, event);
    case "workflow_completed":
    case "workflow_failed":
    case "workflow_cancelled":
      return evolveEnded(state, event);
    default:
      event satisfies never;
  }
}

function going(state: ExecutionState): "compensating" | "running" {
  return state.undoing ? "compensating" : "running";
}

/** A node has moved, so the run neither waits nor is in doubt. */
function moved(state: ExecutionState): void {
  if (state.status === "waiting" || state.status === "unknown") {
    state.status = going(state);
    state.waitingFor = [];
  }
}

function count(state: ExecutionState, node: NodeState, said: Usage, step = false): void {
  if (said && state.head > state.copied) [state.usage, node.usage] = counted(state.usage, node.usage, used(said), step);
}

function evolveStep(state: ExecutionState, event: StepStarted | StepCompleted): void {
  const node = nodeOf(state, event.node);
  node.steps.delete(event.data.step);
  node.steps.set(event.data.step, event);
  count(state, node, event.data.usage, true);
}

function print(node: NodeState | undefined, data: unknown): void {
  const until = typeof data === "object" && data !== null && "to" in data ? data.to : null;
  if (node && typeof until === "number" && Number.isInteger(until)) node.printed = until;
}

function evolveActive(state: ExecutionState, event: NodeStarted | NodeWaiting | NodeRetrying | NodeUnknown): void {
  const node = nodeOf(state, event.node);
  state.active.set(event.node, node);
  count(state, node, event.data.usage);
  moved(state);
  switch (event.type) {
    case "node_started":
      return started(state, node, event);
    case "node_waiting":
      node.status = "waiting";
      node.reason = event.data.reason;
      node.until = event.data.until ?? null;
      node.data = event.data.data ?? {};
      node.held = event.data.held ?? false;
      node.doubt = null;
      return;
    case "node_retrying":
      node.status = "retrying";
      node.until = event.data.until;
      node.problem = event.data.problem;
      // An attempt that no budget allowed is none of those that the node may make.
      if (event.data.problem.type === "budget-exceeded") node.before += 1;
      return;
    case "node_unknown":
      node.status = "unknown";
      node.problem = event.data.problem;
      node.doubt = event.data.step ?? null;
  }
}

function started(state: ExecutionState, node: NodeState, { node: name, at, data }: NodeStarted): void {
  const attempt = data.attempt ?? 1;
  if (attempt !== node.attempt) {
    node.steps = kept(node.steps);
    node.held = false;
    node.printed = 0;
  }
  if (!data.resumed) node.input = data.input ?? null;
  node.status = "running";
  node.attempt = attempt;
  node.key = data.key ?? "";
  node.effect = data.effect ?? "pure";
  node.startedAt ??= at;
  node.until = null;
  node.problem = null;
  state.current = name;
  if (data.undoes != null) {
    node.undoes = data.undoes;
    state.undoing = true;
    if (state.status === "running") state.status = going(state);
  }
}

/** The steps that a further attempt need not do again: those that succeeded. Facts belong to the attempt that found them. */
function kept(steps: Steps): Steps {
  return new Map([...steps].filter(([, step]) => step.type === "step_completed" && !step.data.problem && !step.data.fact));
}

function evolveSettled(state: ExecutionState, event: NodeCompleted | NodeSkipped | NodeFailed): void {
  const node = nodeOf(state, event.node);
  state.active.delete(event.node);
  count(state, node, event.data.usage);
  moved(state);
  node.finishedAt = event.at;
  switch (event.type) {
    case "node_completed":
      node.status = "completed";
      node.output = event.data.output ?? null;
      node.port = event.data.port ?? "out";
      node.problem = null;
      return;
    case "node_skipped":
      node.status = "skipped";
      node.reason = event.data.reason ?? null;
      node.inFlight = event.data.in_flight ?? false;
      node.until = null;
      return;
    case "node_failed":
      node.status = "failed";
      node.problem = event.data.problem;
      node.port = event.data.port ?? null;
      node.inFlight = event.data.in_flight ?? false;
  }
}

function evolveStatus(state: ExecutionState, event: WorkflowWaiting | WorkflowPaused | WorkflowResumed): void {
  switch (event.type) {
    case "workflow_waiting":
      state.status = [...state.active.values()].some((node) => node.status === "unknown") ? "unknown" : "waiting";
      state.waitingFor = event.data.waiting_for;
      return;
    case "workflow_paused":
      state.status = "paused";
      if (event.data.waiting_for?.length) state.waitingFor = event.data.waiting_for;
      return;
    case "workflow_resumed":
      // What it waits for is said anew, so that a run that waited before it was paused is seen to wait again.
      state.status = going(state);
      state.waitingFor = [];
      if (event.data.reopens) reopen(state, event.data.nodes ?? []);
  }
}

function reopen(state: ExecutionState, nodes: readonly string[]): void {
  state.error = null;
  for (const name of nodes) {
    const node = state.nodes.get(name);
    if (node === undefined) throw new Error(`The log takes up node ${name}, which it has not spoken of before.`);
    state.active.set(name, node);
    node.finishedAt = null;
    if (node.status === "failed" || (node.status === "waiting" && node.reason === "children")) {
      node.status = "retrying";
      node.before = node.attempt;
      node.until = null;
      node.port = null;
    }
  }
}

function evolveEnded(state: ExecutionState, event: WorkflowCompleted | WorkflowFailed | WorkflowCancelled): void {
  state.active.clear();
  state.waitingFor = [];
  if (event.type === "workflow_completed") {
    state.status = "completed";
    state.output = event.data.output ?? null;
    return;
  }
  state.undone = event.data.undone ?? [];
  state.notUndone = event.data.not_undone ?? [];
  if (event.type === "workflow_failed") {
    state.status = "failed";
    state.error = event.data.problem;
    return;
  }
  state.status = "cancelled";
  const left = state.notUndone.length > 0 ? ` (not undone: ${state.notUndone.join(", ")})` : "";
  state.endedBy = `cancelled by ${event.data.by}${event.data.reason ? `: ${event.data.reason}` : ""}${left}`;
}
