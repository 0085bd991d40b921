/** Where one new card goes: right of what it follows, and only what stands in its way moves. */
import { spotOf } from "./auto-places.ts";
import { cardHeight, cardWidth, column, grid, row, snapped } from "./card-size.ts";
import type { Document, NodeKey, Point } from "./document.ts";
import { downstream, graphOf } from "./graph.ts";

export interface Placing {
  readonly place: Point;
  /** Cards that make room. */
  readonly moved: ReadonlyMap<NodeKey, Point>;
}

/** Places for a card after `source`; on an edge the column after it is pushed, else the next free row is taken. */
export function placedAfter(document: Document, source: NodeKey, onEdge: boolean): Placing {
  const from = spotOf(document, source);
  const wanted = snapped({ x: from.x + column, y: from.y });
  const parent = document.nodes[source]?.parent ?? null;
  if (onEdge) return { place: wanted, moved: taken(document, parent, wanted) ? pushed(document, source, wanted.x) : new Map() };
  return { place: freeFrom(document, parent, wanted), moved: new Map() };
}

/** The first free row from a place downwards. */
export function freeFrom(document: Document, parent: NodeKey | null, wanted: Point): Point {
  let place = wanted;
  while (taken(document, parent, place)) place = { x: place.x, y: place.y + row };
  return place;
}

function pushed(document: Document, source: NodeKey, from: number): Map<NodeKey, Point> {
  const moved = new Map<NodeKey, Point>();
  for (const key of downstream(document, [source])) {
    const place = spotOf(document, key);
    if (place.x > from - cardWidth) moved.set(key, { x: place.x + column, y: place.y });
  }
  return moved;
}

function taken(document: Document, parent: NodeKey | null, place: Point): boolean {
  return (graphOf(document).members.get(parent) ?? []).some((node) => {
    const other = spotOf(document, node.key);
    return Math.abs(other.x - place.x) < cardWidth + grid && Math.abs(other.y - place.y) < cardHeight + grid;
  });
}
