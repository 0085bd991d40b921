/** The graph as a tree that is read from top to bottom: each step once, under its first parent; further ways are items that lead there. */
import { type Catalog, portsOf } from "./catalog.ts";
import { type DocEdge, type Document, isContainer, type NodeKey } from "./document.ts";
import { graphOf, type Link, topological } from "./graph.ts";

export type OutlineItem =
  | { readonly kind: "step"; readonly id: string; readonly level: number; readonly node: NodeKey; readonly number: number; readonly joins: number }
  /** The way by one port, where a step has several: "when urgent". */
  | { readonly kind: "port"; readonly id: string; readonly level: number; readonly node: NodeKey; readonly port: string; readonly empty: boolean }
  /** One of several ways by the same port, which are gone at the same time. */
  | { readonly kind: "branch"; readonly id: string; readonly level: number; readonly node: NodeKey; readonly index: number }
  /** Where the first step of a container goes, which has none. */
  | { readonly kind: "inside"; readonly id: string; readonly level: number; readonly node: NodeKey }
  /** An edge to a step that stands elsewhere in the tree. */
  | { readonly kind: "jump"; readonly id: string; readonly level: number; readonly edge: DocEdge; readonly target: NodeKey; readonly number: number };

interface Making {
  readonly document: Document;
  readonly catalog: Catalog;
  readonly owner: ReadonlyMap<NodeKey, Link>;
  readonly numbers: ReadonlyMap<NodeKey, number>;
  readonly items: OutlineItem[];
}

/** All items in reading order; `level` begins at 1. Steps that nothing leads to come after what starts. */
export function outlineOf(document: Document, catalog: Catalog): OutlineItem[] {
  const order = allInOrder(document, null);
  const numbers = new Map(order.map((key, index) => [key, index + 1]));
  const making: Making = { document, catalog, owner: owners(document, numbers), numbers, items: [] };
  scope(making, null, 1);
  return making.items;
}

function allInOrder(document: Document, parent: NodeKey | null): NodeKey[] {
  return topological(document, parent).flatMap((key) => [key].concat(allInOrder(document, key)));
}

/** The edge by which a step hangs in the tree: the one from its first parent in the order; none for heads and steps of circles. */
function owners(document: Document, numbers: ReadonlyMap<NodeKey, number>): Map<NodeKey, Link> {
  const owner = new Map<NodeKey, Link>();
  const at = (key: NodeKey): number => numbers.get(key) ?? 0;
  for (const link of graphOf(document).links) {
    if (at(link.source) >= at(link.target)) continue;
    const known = owner.get(link.target);
    if (known === undefined || at(link.source) < at(known.source)) owner.set(link.target, link);
  }
  return owner;
}

function scope(making: Making, parent: NodeKey | null, level: number): void {
  for (const key of topological(making.document, parent)) {
    if (!making.owner.has(key)) step(making, key, level);
  }
}

/** A step, its body, and what follows: by one plain way at the same level, else under the names of the ways. */
function step(making: Making, first: NodeKey, level: number): void {
  let key: NodeKey | undefined = first;
  while (key !== undefined) {
    const node = making.document.nodes[key];
    if (node === undefined) return;
    const graph = graphOf(making.document);
    const joins = (graph.into.get(key) ?? []).length;
    making.items.push({ kind: "step", id: `step ${key}`, level, node: key, number: making.numbers.get(key) ?? 0, joins });
    if (isContainer(node) && !graph.members.has(key)) making.items.push({ kind: "inside", id: `inside ${key}`, level: level + 1, node: key });
    scope(making, key, level + 1);
    const links: readonly Link[] = graph.from.get(key) ?? [];
    const ports = named(portsOf(node, making.catalog), links);
    if (ports.length === 1 && links.length <= 1) {
      const only: Link | undefined = links[0];
      key = only === undefined || making.owner.get(only.target) === only ? only?.target : undefined;
      if (only !== undefined && key === undefined) jump(making, only, level + 1);
    } else {
      for (const port of ports) ways(making, key, port, links.filter((link) => link.port === port), ports.length > 1, level + 1);
      return;
    }
  }
}

/** The ports of the kind, and those that edges name although it has them no longer. */
function named(ports: readonly string[], links: readonly Link[]): string[] {
  return [...new Set([...ports, ...links.map((link) => link.port)])];
}

function ways(making: Making, key: NodeKey, port: string, links: readonly Link[], several: boolean, level: number): void {
  const inner = several ? level + 1 : level;
  if (several) making.items.push({ kind: "port", id: `port ${key} ${port}`, level, node: key, port, empty: links.length === 0 });
  for (const [index, link] of links.entries()) {
    const own = making.owner.get(link.target) === link;
    if (!own) jump(making, link, inner);
    else if (links.length === 1) step(making, link.target, inner);
    else {
      making.items.push({ kind: "branch", id: `branch ${link.edge.key}`, level: inner, node: key, index });
      step(making, link.target, inner + 1);
    }
  }
}

function jump(making: Making, link: Link, level: number): void {
  const number = making.numbers.get(link.target) ?? 0;
  making.items.push({ kind: "jump", id: `jump ${link.edge.key}`, level, edge: link.edge, target: link.target, number });
}
