/** Where cards stand: as they were drawn, or in columns as the run flows where they were never placed. */
import type { GraphView } from "@tenuto/react/core";

export const cardWidth = 240;
export const cardHeight = 80;
const column = 304;
const row = 112;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export function placesOf(graph: GraphView): ReadonlyMap<string, Place> {
  const drawn = new Map(graph.nodes.flatMap(({ id, position }) => (position ? [[id, position] as const] : [])));
  return drawn.size === graph.nodes.length && !overlapping([...drawn.values()]) ? drawn : columns(graph);
}

function overlapping(places: readonly Place[]): boolean {
  if (places.length > 1_000) return false;
  return places.some((a, index) => places.slice(index + 1).some((b) => Math.abs(a.x - b.x) < cardWidth && Math.abs(a.y - b.y) < cardHeight));
}

/** Each step right of the last of those before it; in a column in the order of those before them. */
function columns(graph: GraphView): ReadonlyMap<string, Place> {
  const depth = new Map(graph.nodes.map(({ id }) => [id, 0]));
  const left = new Map(graph.nodes.map(({ id }) => [id, 0]));
  const ways = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    ways.set(from, [...(ways.get(from) ?? []), to]);
    left.set(to, (left.get(to) ?? 0) + 1);
  }
  const order = graph.nodes.map(({ id }) => id).filter((id) => left.get(id) === 0);
  for (const id of order) {
    for (const to of ways.get(id) ?? []) {
      depth.set(to, Math.max(depth.get(to) ?? 0, (depth.get(id) ?? 0) + 1));
      const open = (left.get(to) ?? 1) - 1;
      left.set(to, open);
      if (open === 0) order.push(to);
    }
  }
  const filled: string[][] = [];
  for (const id of order) (filled[depth.get(id) ?? 0] ??= []).push(id);
  const tallest = Math.max(1, ...filled.map((each) => each.length));
  return new Map(filled.flatMap((ids, x) => ids.map((id, y) => [id, { x: x * column, y: (y + (tallest - ids.length) / 2) * row }] as const)));
}
