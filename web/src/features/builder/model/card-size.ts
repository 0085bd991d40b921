/** How large a card is and where its ports are: computed from the definition, never measured. */
import { type Catalog, portsOf } from "./catalog.ts";
import { type DocNode, isContainer, type Point } from "./document.ts";

export const grid = 16;
export const cardWidth = 240;
export const cardHeight = 80;
export const perPort = 24;
/** From one card's left side to that of the next column. */
export const column = 304;
/** From one card's upper side to that of the next row. */
export const row = 112;
export const titleHeight = 32;
export const padding = 24;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Port extends Point {
  readonly name: string;
  readonly side: "in" | "out";
}

/** The card: 24 higher for each port beyond two. */
export function cardSize(node: DocNode, catalog: Catalog): Size {
  const ports = portsOf(node, catalog).length;
  return { width: cardWidth, height: cardHeight + Math.max(0, ports - 2) * perPort };
}

/** The centres of the ports, from the card's upper left corner. `error` is at the lower right. */
export function portPlaces(node: DocNode, catalog: Catalog): Port[] {
  const { width, height } = cardSize(node, catalog);
  const names = portsOf(node, catalog);
  const plain = names.filter((name) => name !== "error");
  const low = names.length > plain.length ? height - perPort / 2 - 2 : height;
  const step = Math.min(perPort, low / (plain.length + 1));
  const first = names.length > plain.length && plain.length > 1 ? perPort / 2 + 2 : low / 2 - ((plain.length - 1) * step) / 2;
  const out = plain.map((name, index): Port => ({ name, side: "out", x: width, y: first + index * step }));
  const error: Port[] = names.length > plain.length ? [{ name: "error", side: "out", x: width, y: low }] : [];
  return [{ name: "in", side: "in", x: 0, y: height / 2 }, ...out, ...error];
}

/** A container that is open: the card on top, and the frame around what its body holds. */
export function frameSize(node: DocNode, catalog: Catalog, inner: readonly (Point & Size)[]): Size {
  const card = cardSize(node, catalog);
  if (!isContainer(node)) return card;
  const right = Math.max(cardWidth + 2 * padding, ...inner.map((each) => each.x + each.width + padding));
  const below = Math.max(cardHeight, ...inner.map((each) => each.y + each.height + padding));
  return { width: Math.max(card.width, right), height: card.height + titleHeight + below };
}

export function snapped(point: Point): Point {
  return { x: Math.round(point.x / grid) * grid, y: Math.round(point.y / grid) * grid };
}
