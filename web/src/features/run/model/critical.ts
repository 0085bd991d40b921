/** What the run's length was made of: back from the last step that ended to the one that released it, again and again. */
import type { ExecutionState, GraphView, NodeState } from "@tenuto/react/core";

export interface CriticalStep {
  readonly node: string;
  /** Milliseconds from when it was released to its end: its queue and waiting are part of it. */
  readonly self: number;
  /** Of the whole path. */
  readonly share: number;
}

export interface Critical {
  readonly steps: readonly CriticalStep[];
  readonly nodes: ReadonlySet<string>;
  /** Milliseconds of the path, and of the whole run. */
  readonly length: number;
  readonly whole: number;
  /** For each ended step, how much later it could have ended without the run ending later. */
  readonly slack: ReadonlyMap<string, number>;
}

interface Done {
  readonly node: string;
  readonly from: number;
  readonly to: number;
  readonly fired: readonly string[];
}

/** Null while no step has ended. `begun` is when the run did. */
export function critical(state: Pick<ExecutionState, "nodes">, graph: GraphView | null, begun: number | null, ended: number | null): Critical | null {
  if (!graph) return null;
  const done = doneOf(state.nodes, graph);
  const last = [...done.values()].reduce<Done | null>((latest, each) => (latest && latest.to >= each.to ? latest : each), null);
  if (!last) return null;
  const path: Done[] = [last];
  for (let at: Done | undefined = last; at; ) {
    at = releasedBy(at, done);
    if (!at || path.includes(at)) break;
    path.unshift(at);
  }
  const start = Math.min(begun ?? Number.POSITIVE_INFINITY, path[0]?.from ?? last.from);
  const length = Math.max(1, last.to - start);
  const steps = path.map(({ node, to }, index) => {
    const self = Math.max(0, to - (path[index - 1]?.to ?? start));
    return { node, self, share: self / length };
  });
  return { steps, nodes: new Set(path.map((each) => each.node)), length, whole: Math.max(length, (ended ?? last.to) - start), slack: slackOf(done, last.to) };
}

function doneOf(nodes: ReadonlyMap<string, NodeState>, graph: GraphView): Map<string, Done> {
  const done = new Map<string, Done>();
  for (const [node, { status, startedAt, finishedAt }] of nodes) {
    if (startedAt === null || finishedAt === null || status === "skipped") continue;
    done.set(node, { node, from: Date.parse(startedAt), to: Date.parse(finishedAt), fired: firing(node, nodes, graph) });
  }
  return done;
}

/** Those before it whose edge to it fired. */
function firing(node: string, nodes: ReadonlyMap<string, NodeState>, graph: GraphView): readonly string[] {
  return graph.edges
    .filter((edge) => {
      const before = nodes.get(edge.from);
      return edge.to === node && before !== undefined && before.port !== null && before.port === (edge.port ?? "out");
    })
    .map((edge) => edge.from);
}

function releasedBy({ fired, from }: Done, done: ReadonlyMap<string, Done>): Done | undefined {
  const before = fired.flatMap((name) => done.get(name) ?? []).filter((each) => each.to <= from + 1);
  return before.toSorted((a, b) => b.to - a.to)[0];
}

/** From the end backwards: a step may end as late as the earliest of those it fired would have to begin. */
function slackOf(done: ReadonlyMap<string, Done>, end: number): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const each of [...done.values()].toSorted((a, b) => b.to - a.to)) {
    const until = latest.get(each.node) ?? end;
    latest.set(each.node, until);
    const begin = until - (each.to - each.from);
    for (const before of each.fired) latest.set(before, Math.min(latest.get(before) ?? end, begin));
  }
  return new Map([...done.values()].map(({ node, to }) => [node, Math.max(0, (latest.get(node) ?? end) - to)]));
}
