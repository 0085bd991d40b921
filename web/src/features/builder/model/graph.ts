/** Who follows whom in a document: look-ups over one scope or over all, computed once for each document. */
import { type DocEdge, type DocNode, type Document, type NodeKey, nodeKey, portOf, ranked, startOf } from "./document.ts";

export interface Link {
  readonly edge: DocEdge;
  readonly port: string;
  readonly source: NodeKey;
  readonly target: NodeKey;
}

export interface Graph {
  readonly document: Document;
  /** All edges whose ends exist, in the order of the file. */
  readonly links: readonly Link[];
  readonly from: ReadonlyMap<NodeKey, readonly Link[]>;
  readonly into: ReadonlyMap<NodeKey, readonly Link[]>;
  /** The nodes of a scope in the order of the file. */
  readonly members: ReadonlyMap<NodeKey | null, readonly DocNode[]>;
}

const graphs = new WeakMap<Document, Graph>();

export function graphOf(document: Document): Graph {
  const known = graphs.get(document) ?? build(document);
  graphs.set(document, known);
  return known;
}

function build(document: Document): Graph {
  const from = new Map<NodeKey, Link[]>();
  const into = new Map<NodeKey, Link[]>();
  const members = new Map<NodeKey | null, DocNode[]>();
  for (const node of ranked(document.nodes)) push(members, node.parent, node);
  const links = ranked(document.edges).flatMap((edge): Link[] => {
    const source = nodeKey(edge.parent, edge.spec.from);
    const target = nodeKey(edge.parent, edge.spec.to);
    if (document.nodes[source] === undefined || document.nodes[target] === undefined) return [];
    return [{ edge, port: portOf(edge), source, target }];
  });
  for (const link of links) {
    push(from, link.source, link);
    push(into, link.target, link);
  }
  return { document, links, from, into, members };
}

function push<K, V>(table: Map<K, V[]>, key: K, value: V): void {
  const list = table.get(key);
  if (list === undefined) table.set(key, [value]);
  else list.push(value);
}

/** Everything that is reached from these nodes against or along the edges, without themselves unless they are reached. */
function reached(links: ReadonlyMap<NodeKey, readonly Link[]>, end: "source" | "target", first: readonly NodeKey[]): Set<NodeKey> {
  const found = new Set<NodeKey>();
  const open = [...first];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const link of links.get(key) ?? []) {
      if (found.has(link[end])) continue;
      found.add(link[end]);
      open.push(link[end]);
    }
  }
  return found;
}

/** All nodes before these in their scope. */
export function upstream(document: Document, keys: readonly NodeKey[]): Set<NodeKey> {
  return reached(graphOf(document).into, "source", keys);
}

/** All nodes after these in their scope. */
export function downstream(document: Document, keys: readonly NodeKey[]): Set<NodeKey> {
  return reached(graphOf(document).from, "target", keys);
}

/** What an expression in this node may refer to, the nearest first: nodes before it, then those before the containers around it. */
export function visibleFrom(document: Document, key: NodeKey): NodeKey[] {
  const found: NodeKey[] = [];
  for (let here: NodeKey | null = key; here !== null; here = document.nodes[here]?.parent ?? null) {
    found.push(...nearestFirst(document, here));
  }
  return found;
}

function nearestFirst(document: Document, key: NodeKey): NodeKey[] {
  const into = graphOf(document).into;
  const found = new Set<NodeKey>();
  let level: readonly NodeKey[] = [key];
  while (level.length > 0) {
    const next = level.flatMap((each) => (into.get(each) ?? []).map((link) => link.source)).filter((each) => !found.has(each));
    level = [...new Set(next)];
    for (const each of level) found.add(each);
  }
  return [...found];
}

/** Whether an edge between two nodes would close a circle. */
export function wouldCircle(document: Document, source: NodeKey, target: NodeKey): boolean {
  return source === target || downstream(document, [target]).has(source);
}

/** The nodes of a scope so that each comes after all before it; the start first, those in circles last. */
export function topological(document: Document, parent: NodeKey | null): NodeKey[] {
  const graph = graphOf(document);
  const members = graph.members.get(parent) ?? [];
  const waiting = new Map(members.map((node) => [node.key, (graph.into.get(node.key) ?? []).length]));
  const start = startOf(document, parent);
  const heads = members.filter((node) => waiting.get(node.key) === 0);
  const ready = heads.toSorted((one, other) => Number(other.spec.id === start) - Number(one.spec.id === start)).map((node) => node.key);
  const order: NodeKey[] = [];
  const done = new Set<NodeKey>();
  for (let index = 0; index < ready.length; index += 1) {
    const key = ready[index] as NodeKey;
    order.push(key);
    done.add(key);
    for (const link of graph.from.get(key) ?? []) {
      const left = (waiting.get(link.target) ?? 1) - 1;
      waiting.set(link.target, left);
      if (left === 0) ready.push(link.target);
    }
  }
  return [...order, ...members.map((node) => node.key).filter((key) => !done.has(key))];
}
