/** Where the arrow keys lead from a card. */
import type { GraphView } from "@tenuto/react/core";
import type { Place } from "./places.ts";

export type Direction = "left" | "right" | "up" | "down";

/** Right: to what follows; left: to what was before; up and down: to the nearest in the same column. Null where there is nothing. */
export function walk(graph: GraphView, places: ReadonlyMap<string, Place>, from: string, direction: Direction): string | null {
  const here = places.get(from);
  if (!here) return null;
  const near = (ids: readonly string[]): string | null =>
    ids.toSorted((a, b) => distance(places.get(a), here) - distance(places.get(b), here))[0] ?? null;
  if (direction === "right") return near(graph.edges.filter((edge) => edge.from === from).map((edge) => edge.to));
  if (direction === "left") return near(graph.edges.filter((edge) => edge.to === from).map((edge) => edge.from));
  const sign = direction === "down" ? 1 : -1;
  const beside = [...places].filter(([id, place]) => id !== from && Math.abs(place.x - here.x) < 200 && (place.y - here.y) * sign > 0);
  return near(beside.map(([id]) => id));
}

function distance(place: Place | undefined, here: Place): number {
  return place ? Math.hypot(place.x - here.x, place.y - here.y) : Number.POSITIVE_INFINITY;
}
