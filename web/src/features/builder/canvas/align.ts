/** Lines up cards, or spreads them evenly from left to right. */
import { type Catalog, type Document, type Edit, geometryOf, move, type NodeKey, offsetIn, type Point } from "../model/index.ts";
import { builder as say } from "~/lib/strings/builder";

export function aligned(document: Document, catalog: Catalog, keys: readonly NodeKey[], how: "left" | "top" | "row"): Edit {
  const { boxes } = geometryOf(document, catalog);
  const cards = keys.flatMap((key) => {
    const box = boxes.get(key);
    return box === undefined ? [] : [{ key, box }];
  });
  const left = Math.min(...cards.map(({ box }) => box.x));
  const top = Math.min(...cards.map(({ box }) => box.y));
  const right = Math.max(...cards.map(({ box }) => box.x));
  const gap = Math.max(304, (right - left) / Math.max(1, cards.length - 1));
  const order = cards.toSorted((one, other) => one.box.x - other.box.x);
  const places = new Map<NodeKey, Point>();
  for (const [index, { key, box }] of order.entries()) {
    const offset = offsetIn(document, catalog, document.nodes[key]?.parent ?? null);
    const x = how === "left" ? left : how === "row" ? left + index * gap : box.x;
    const y = how === "left" ? box.y : top;
    places.set(key, { x: x - offset.x, y: y - offset.y });
  }
  return move({ nodes: places }, how === "row" ? say.labels.spread : say.labels.align);
}

/** By how much the selected cards move when an arrow is pressed with Shift. */
export function nudged(document: Document, catalog: Catalog, keys: readonly NodeKey[], by: Point): Edit {
  const { boxes } = geometryOf(document, catalog);
  const places = new Map<NodeKey, Point>();
  for (const key of keys) {
    const box = boxes.get(key);
    const offset = offsetIn(document, catalog, document.nodes[key]?.parent ?? null);
    if (box !== undefined) places.set(key, { x: box.x - offset.x + by.x, y: box.y - offset.y + by.y });
  }
  return move({ nodes: places }, undefined, `nudge ${keys.join(" ")}`);
}
