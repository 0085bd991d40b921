/** Places for cards of which nobody has said where they stand: columns by distance from the start, rows by the order of the file. */
import { cardHeight, cardWidth, column, frameSize, row, type Size } from "./card-size.ts";
import { type Catalog, noCatalog } from "./catalog.ts";
import type { Document, NodeKey, Point } from "./document.ts";
import { graphOf, topological } from "./graph.ts";
import { isCollapsed, placeOf, setPlace } from "./places.ts";
import { recorder } from "./recorder.ts";

const known = new WeakMap<Document, Map<NodeKey, Point>>();

/** Where a card stands: where somebody put it, else where it falls by itself. */
export function spotOf(document: Document, key: NodeKey): Point {
  const node = document.nodes[key];
  const place = node === undefined ? undefined : placeOf(document, node);
  return place ?? autoPlaces(document).get(key) ?? { x: 0, y: 0 };
}

/** The document with the places that fell by themselves written down, so that no card moves because another one is wired. */
export function settled(document: Document): Document {
  const record = recorder(document);
  for (const [key, place] of autoPlaces(document)) setPlace(record, key, place);
  return record.document;
}

/** Of all nodes that have no place of their own. */
export function autoPlaces(document: Document): ReadonlyMap<NodeKey, Point> {
  const found = known.get(document) ?? compute(document);
  known.set(document, found);
  return found;
}

function compute(document: Document): Map<NodeKey, Point> {
  const found = new Map<NodeKey, Point>();
  if (Object.values(document.nodes).every((node) => placeOf(document, node) !== undefined)) return found;
  placeScope(document, null, found);
  return found;
}

function placeScope(document: Document, parent: NodeKey | null, found: Map<NodeKey, Point>): void {
  const order = topological(document, parent);
  const depth = depths(document, order);
  const widths: number[] = [];
  for (const key of order) {
    placeScope(document, key, found);
    const level = depth.get(key) ?? 0;
    widths[level] = Math.max(widths[level] ?? 0, sizeOf(document, key, found).width);
  }
  const bottoms: number[] = [];
  for (const key of order) {
    const level = depth.get(key) ?? 0;
    const y = bottoms[level] ?? 0;
    const x = widths.slice(0, level).reduce((sum, width) => sum + width + column - cardWidth, 0);
    bottoms[level] = y + sizeOf(document, key, found).height + row - cardHeight;
    const node = document.nodes[key];
    if (node !== undefined && placeOf(document, node) === undefined) found.set(key, { x, y });
  }
}

function depths(document: Document, order: readonly NodeKey[]): Map<NodeKey, number> {
  const { into } = graphOf(document);
  const depth = new Map<NodeKey, number>();
  for (const key of order) {
    const before = (into.get(key) ?? []).map((link) => depth.get(link.source) ?? -1);
    depth.set(key, Math.max(-1, ...before) + 1);
  }
  return depth;
}

function sizeOf(document: Document, key: NodeKey, found: ReadonlyMap<NodeKey, Point>, catalog: Catalog = noCatalog): Size {
  const node = document.nodes[key];
  if (node === undefined) return { width: cardWidth, height: cardHeight };
  const inner = graphOf(document).members.get(key) ?? [];
  if (inner.length === 0 || isCollapsed(document, key) === true) return frameSize(node, catalog, []);
  const boxes = inner.map((each) => {
    const { x, y } = placeOf(document, each) ?? found.get(each.key) ?? { x: 0, y: 0 };
    const { width, height } = sizeOf(document, each.key, found, catalog);
    return { x, y, width, height };
  });
  return frameSize(node, catalog, boxes);
}
