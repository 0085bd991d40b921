/** Two documents as one: what is there after, with what was there before as ghosts in places of their own. */
import { cardHeight, cardWidth, row } from "./card-size.ts";
import type { DocNode, Document, NodeKey, Point } from "./document.ts";
import { asObject, type Json, type JsonObject } from "./json.ts";
import { layoutOf, placeOf } from "./places.ts";

export function united(before: Document, after: Document): Document {
  const gone = Object.values(before.nodes).filter((node) => after.nodes[node.key] === undefined);
  if (gone.length === 0 && Object.keys(before.edges).every((key) => after.edges[key] !== undefined)) return after;
  const last = Math.max(-1, ...Object.values(after.nodes).map((node) => node.rank)) + 1;
  const nodes = Object.fromEntries(gone.map((node) => [node.key, { ...node, rank: last + node.rank }]));
  const layout = { ...asObject(after.root["layout"]), nodes: { ...layoutOf(after, "nodes"), ...ghostPlaces(before, after, gone) } };
  return { root: { ...after.root, layout }, nodes: { ...after.nodes, ...nodes }, edges: { ...before.edges, ...after.edges } };
}

/** Where the ghosts stood; one that would lie under a card stands below it. */
function ghostPlaces(before: Document, after: Document, gone: readonly DocNode[]): JsonObject {
  const taken = new Map<NodeKey | null, Point[]>();
  const of = (parent: NodeKey | null): Point[] => {
    const found = taken.get(parent) ?? Object.values(after.nodes).flatMap((node) => (node.parent === parent ? (placeOf(after, node) ?? []) : []));
    taken.set(parent, found);
    return found;
  };
  const places: Record<string, Json> = {};
  for (const node of gone) {
    const stood = placeOf(before, node);
    if (stood === undefined) continue;
    const others = of(node.parent);
    let { x, y } = stood;
    while (others.some((other) => Math.abs(other.x - x) < cardWidth && Math.abs(other.y - y) < cardHeight)) y += row;
    others.push({ x, y });
    places[node.key] = { ...asObject(layoutOf(before, "nodes")[node.key]), x, y };
  }
  return places;
}
