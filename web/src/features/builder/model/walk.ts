/** Walking from card to card by the arrows. */
import { type Catalog, portsOf } from "./catalog.ts";
import type { Document, NodeKey } from "./document.ts";
import { absolute } from "./geometry.ts";
import { graphOf, type Link } from "./graph.ts";

export type Way = "left" | "right" | "up" | "down";

/** The card to which an arrow leads: → a successor, ← a predecessor, ↑↓ a sibling; null where there is none. */
export function walked(document: Document, catalog: Catalog, from: NodeKey, way: Way): NodeKey | null {
  if (document.nodes[from] === undefined) return null;
  if (way === "right") return first(document, catalog, from) ?? graphOf(document).members.get(from)?.[0]?.key ?? null;
  if (way === "left") return nearest(document, catalog, from, (graphOf(document).into.get(from) ?? []).map((link) => link.source)) ?? document.nodes[from].parent;
  return beside(document, catalog, from, way === "up" ? -1 : 1);
}

function first(document: Document, catalog: Catalog, from: NodeKey): NodeKey | undefined {
  const node = document.nodes[from];
  const ports = node === undefined ? [] : portsOf(node, catalog);
  const byPort = (link: Link): number => ports.indexOf(link.port);
  const links = (graphOf(document).from.get(from) ?? []).toSorted((one, other) => byPort(one) - byPort(other));
  return links[0]?.target;
}

/** The next above or below among those that follow the same step, else among all of the scope. */
function beside(document: Document, catalog: Catalog, from: NodeKey, sign: number): NodeKey | null {
  const graph = graphOf(document);
  const parents = (graph.into.get(from) ?? []).map((link) => link.source);
  const siblings = new Set(parents.flatMap((key) => (graph.from.get(key) ?? []).map((link) => link.target)));
  const scope = (graph.members.get(document.nodes[from]?.parent ?? null) ?? []).map((node) => node.key);
  return nearest(document, catalog, from, [...siblings], sign) ?? nearest(document, catalog, from, scope, sign) ?? null;
}

/** The nearest of some cards; with a sign only those below (1) or above (-1), where a step sideways counts twice. */
function nearest(document: Document, catalog: Catalog, from: NodeKey, keys: readonly NodeKey[], sign = 0): NodeKey | undefined {
  const here = absolute(document, catalog, from);
  if (here === undefined) return keys[0];
  const far = keys.flatMap((key) => {
    const box = key === from ? undefined : absolute(document, catalog, key);
    if (box === undefined || (sign !== 0 && (box.y - here.y) * sign <= 0)) return [];
    return [{ key, distance: Math.abs(box.y - here.y) + 2 * Math.abs(box.x - here.x) }];
  });
  return far.toSorted((one, other) => one.distance - other.distance)[0]?.key;
}
