/** A run as one answer of the API tells it, as the state that the fold goes on from. */
import { type ExecutionDetail, type ExecutionState, type NodeState, type Used, initialState } from "@tenuto/react/core";
import type { NodeView, Usage } from "@tenuto/react/api";

/** The state at `detail.head`; what only the log knows (keys, steps, inputs) is missing. */
export function stateOf(detail: ExecutionDetail): ExecutionState {
  const state = initialState();
  state.status = detail.status;
  state.head = detail.head;
  state.output = detail.output;
  state.error = detail.error ? { ...detail.error, type: shortType(detail.error.type) } : null;
  state.current = detail.current_node;
  state.usage = usedOf(detail.usage);
  state.undone = detail.undone;
  state.notUndone = detail.not_undone;
  state.waitingFor = detail.waiting_for ? [detail.waiting_for] : [];
  state.undoing = detail.status === "compensating";
  for (const [id, view] of Object.entries(detail.nodes)) {
    const node = nodeStateOf(view);
    state.nodes.set(id, node);
    if (!["completed", "skipped", "failed"].includes(view.status) && !["completed", "failed", "cancelled"].includes(detail.status)) state.active.set(id, node);
  }
  return state;
}

function nodeStateOf(view: NodeView): NodeState {
  return {
    status: view.status,
    attempt: view.attempt,
    before: 0,
    key: "",
    effect: "pure",
    input: null,
    output: null,
    port: view.port,
    problem: view.problem ? { ...view.problem, type: shortType(view.problem.type) } : null,
    until: view.until,
    reason: view.reason,
    inFlight: view.in_flight,
    undoes: view.undoes,
    data: view.data,
    held: false,
    startedAt: view.started_at,
    finishedAt: view.finished_at,
    steps: new Map(),
    usage: usedOf(view.usage),
    printed: 0,
    doubt: null,
  };
}

/** The API writes types of problems as addresses; the log writes their last part. */
function shortType(type: string): string {
  return type.split("/").at(-1) ?? type;
}

/** Usage with every field filled in. */
export function usedOf(usage: Usage | null): Used | null {
  if (!usage) return null;
  return {
    input_tokens: usage.input_tokens ?? 0,
    output_tokens: usage.output_tokens ?? 0,
    cached_tokens: usage.cached_tokens ?? null,
    calls: usage.calls ?? 1,
    turns: usage.turns ?? 0,
    priced: usage.priced ?? 0,
    cost: usage.cost ?? null,
    model: usage.model ?? null,
    provider: usage.provider ?? null,
    price: usage.price ?? null,
    estimated: usage.estimated ?? false,
    simulated: usage.simulated ?? false,
  };
}
