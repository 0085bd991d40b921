/** The box of every card, frame and group as it is drawn: from the document alone. */
import { autoPlaces, spotOf } from "./auto-places.ts";
import { cardHeight, cardSize, cardWidth, padding, type Size, titleHeight } from "./card-size.ts";
import type { Catalog } from "./catalog.ts";
import { type DocNode, type Document, isContainer, type NodeKey, type Point } from "./document.ts";
import { graphOf } from "./graph.ts";
import { isCollapsed } from "./places.ts";

export interface Box extends Point, Size {}

export interface Geometry {
  /** Boxes relative to the frame around them. */
  readonly boxes: ReadonlyMap<NodeKey, Box>;
  /** Containers whose bodies are drawn. */
  readonly open: ReadonlySet<NodeKey>;
}

/** A body with more steps than this is folded until somebody opens it. */
export const mostOpen = 30;

const cache = new WeakMap<Document, { catalog: Catalog; geometry: Geometry }>();

export function geometryOf(document: Document, catalog: Catalog): Geometry {
  const there = cache.get(document);
  if (there?.catalog === catalog) return there.geometry;
  const made = { boxes: new Map<NodeKey, Box>(), open: new Set<NodeKey>() };
  autoPlaces(document);
  for (const node of graphOf(document).members.get(null) ?? []) measure(document, catalog, node, made);
  cache.set(document, { catalog, geometry: made });
  return made;
}

export function isOpen(document: Document, node: DocNode): boolean {
  if (!isContainer(node)) return false;
  return !(isCollapsed(document, node.key) ?? (graphOf(document).members.get(node.key) ?? []).length > mostOpen);
}

function measure(document: Document, catalog: Catalog, node: DocNode, made: { boxes: Map<NodeKey, Box>; open: Set<NodeKey> }): Box {
  const spot = spotOf(document, node.key);
  const card = cardSize(node, catalog);
  if (!isOpen(document, node)) {
    const box = { ...spot, ...card };
    made.boxes.set(node.key, box);
    return box;
  }
  made.open.add(node.key);
  const inner = graphOf(document).members.get(node.key) ?? [];
  const boxes = inner.map((each) => ({ key: each.key, box: measure(document, catalog, each, made) }));
  const left = Math.min(0, ...boxes.map(({ box }) => box.x)) - padding;
  const top = Math.min(0, ...boxes.map(({ box }) => box.y)) - padding;
  const head = card.height + titleHeight;
  for (const { key, box } of boxes) made.boxes.set(key, { ...box, x: box.x - left, y: box.y - top + head });
  const right = Math.max(cardWidth, ...boxes.map(({ box }) => box.x + box.width)) + padding - left;
  const below = Math.max(cardHeight, ...boxes.map(({ box }) => box.y + box.height)) + padding - top;
  const box = { ...spot, width: Math.max(card.width, right), height: head + below };
  made.boxes.set(node.key, box);
  return box;
}

/** What is added to a place in the layout to get the place in the frame that is drawn. */
export function offsetIn(document: Document, catalog: Catalog, parent: NodeKey | null): Point {
  if (parent === null) return { x: 0, y: 0 };
  const first = graphOf(document).members.get(parent)?.[0];
  const box = first === undefined ? undefined : geometryOf(document, catalog).boxes.get(first.key);
  const node = document.nodes[parent];
  const head = node === undefined ? 0 : cardSize(node, catalog).height + titleHeight;
  if (first === undefined || box === undefined) return { x: padding, y: head + padding };
  const spot = spotOf(document, first.key);
  return { x: box.x - spot.x, y: box.y - spot.y };
}

/** Where a card is on the whole canvas. */
export function absolute(document: Document, catalog: Catalog, key: NodeKey): Box | undefined {
  const box = geometryOf(document, catalog).boxes.get(key);
  const parent = document.nodes[key]?.parent ?? null;
  if (box === undefined || parent === null) return box;
  const around = absolute(document, catalog, parent);
  return around === undefined ? undefined : { ...box, x: box.x + around.x, y: box.y + around.y };
}

/** The box around several. */
export function around(boxes: readonly Box[], margin = 0): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x)) - margin;
  const y = Math.min(...boxes.map((box) => box.y)) - margin;
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + margin;
  const below = Math.max(...boxes.map((box) => box.y + box.height)) + margin;
  return { x, y, width: right - x, height: below - y };
}
