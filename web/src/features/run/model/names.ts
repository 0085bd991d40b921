/** What steps are called. */
import type { GraphView } from "@tenuto/react/core";

/** A function from a step's id to its name, which is the id where it has none. */
export function namesOf(graph: GraphView | null): (node: string) => string {
  const names = new Map((graph?.nodes ?? []).map(({ id, name }) => [id, name || id]));
  return (node) => names.get(node) ?? node;
}

/** Steps as people read a run: as the graph flows, and beside that as they lie from top to bottom. */
export function orderOf(graph: GraphView | null, known: Iterable<string>): readonly string[] {
  if (!graph) return [...known];
  const place = new Map(graph.nodes.map(({ id, position }) => [id, position?.y ?? 0]));
  const indegree = new Map(graph.nodes.map(({ id }) => [id, 0]));
  const ways = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    ways.set(from, [...(ways.get(from) ?? []), to]);
    indegree.set(to, (indegree.get(to) ?? 0) + 1);
  }
  const ready = graph.nodes.filter(({ id }) => indegree.get(id) === 0).map(({ id }) => id);
  const order: string[] = [];
  const above = (a: string, b: string): number => (place.get(a) ?? 0) - (place.get(b) ?? 0);
  for (let queue = ready.toSorted(above); queue.length > 0; ) {
    const next: string[] = [];
    for (const node of queue) {
      order.push(node);
      for (const to of ways.get(node) ?? []) {
        const left = (indegree.get(to) ?? 1) - 1;
        indegree.set(to, left);
        if (left === 0) next.push(to);
      }
    }
    queue = next.toSorted(above);
  }
  return [...order, ...[...known].filter((node) => !place.has(node))];
}
