/** Tidying up: what ELK is asked, and the places its answer comes to. The asking itself happens in a worker. */
import { cardWidth, column, padding, portPlaces, row } from "./card-size.ts";
import type { Catalog } from "./catalog.ts";
import type { Document, NodeKey, Point } from "./document.ts";
import { type Box, geometryOf } from "./geometry.ts";
import { graphOf, type Link } from "./graph.ts";

/** The part of ELK's JSON that is written and read. */
export interface ElkGraph {
  readonly id: string;
  readonly layoutOptions: Readonly<Record<string, string>>;
  readonly children: ElkChild[];
  readonly edges: { readonly id: string; readonly sources: string[]; readonly targets: string[] }[];
}

export interface ElkChild {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly x?: number;
  readonly y?: number;
  readonly ports?: { readonly id: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number }[];
  readonly layoutOptions?: Readonly<Record<string, string>>;
}

export type Ask = (graph: ElkGraph) => Promise<{ readonly children?: readonly ElkChild[] }>;

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.spacing.nodeNode": String(row - 80),
  "elk.layered.spacing.nodeNodeBetweenLayers": String(column - cardWidth),
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.separateConnectedComponents": "true",
};

/** New places for all of a scope and of what it holds, or only for some of its nodes. Bodies are laid out before what is around them. */
export async function tidied(document: Document, catalog: Catalog, ask: Ask, only?: readonly NodeKey[]): Promise<Map<NodeKey, Point>> {
  const places = new Map<NodeKey, Point>();
  const sizes = new Map<NodeKey, Box>(geometryOf(document, catalog).boxes);
  if (only !== undefined && only.length > 1) {
    const parent = document.nodes[only[0] ?? ""]?.parent ?? null;
    const keys = only.filter((key) => document.nodes[key]?.parent === parent);
    return anchored(await scope(document, catalog, keys, sizes, ask), keys, sizes);
  }
  await whole(document, catalog, null, { sizes, places }, ask);
  return places;
}

interface Made {
  readonly sizes: Map<NodeKey, Box>;
  readonly places: Map<NodeKey, Point>;
}

async function whole(document: Document, catalog: Catalog, parent: NodeKey | null, made: Made, ask: Ask): Promise<void> {
  const { open } = geometryOf(document, catalog);
  const members = graphOf(document).members.get(parent) ?? [];
  for (const node of members) {
    if (!open.has(node.key)) continue;
    await whole(document, catalog, node.key, made, ask);
    fit(document, catalog, node.key, made);
  }
  const found = await scope(document, catalog, members.map((node) => node.key), made.sizes, ask);
  for (const [key, place] of found) made.places.set(key, place);
}

/** The size of a frame after what it holds has moved. */
function fit(document: Document, catalog: Catalog, key: NodeKey, made: Made): void {
  const now = geometryOf(document, catalog).boxes.get(key);
  const inner = (graphOf(document).members.get(key) ?? []).map((node) => Object.assign({}, made.sizes.get(node.key), made.places.get(node.key)) as Box);
  if (now === undefined || inner.length === 0) return;
  const width = Math.max(cardWidth, ...inner.map((box) => box.x + box.width)) + 2 * padding;
  const height = Math.max(...inner.map((box) => box.y + box.height)) + 2 * padding;
  made.sizes.set(key, { ...now, width, height: height + 80 + 32 });
}

async function scope(document: Document, catalog: Catalog, keys: readonly NodeKey[], sizes: ReadonlyMap<NodeKey, Box>, ask: Ask): Promise<Map<NodeKey, Point>> {
  if (keys.length === 0) return new Map();
  const inside = new Set(keys);
  const links = graphOf(document).links.filter((link) => inside.has(link.source) && inside.has(link.target));
  const children = keys.map((key) => child(document, catalog, key, sizes));
  const answer = await ask({ id: "root", layoutOptions: options, children, edges: links.map(elkEdge) });
  return new Map((answer.children ?? []).map((each) => [each.id, { x: round(each.x), y: round(each.y) }]));
}

function child(document: Document, catalog: Catalog, key: NodeKey, sizes: ReadonlyMap<NodeKey, Box>): ElkChild {
  const node = document.nodes[key];
  const { width, height } = sizes.get(key) ?? { width: cardWidth, height: 80 };
  const ports = node === undefined ? [] : portPlaces(node, catalog);
  const drawn = ports.map((port) => ({ id: portId(key, port.name), x: port.side === "in" ? 0 : width, y: port.y, width: 0, height: 0 }));
  return { id: key, width, height, ports: drawn, layoutOptions: { "elk.portConstraints": "FIXED_POS" } };
}

function elkEdge(link: Link): { id: string; sources: string[]; targets: string[] } {
  return { id: link.edge.key, sources: [portId(link.source, link.port)], targets: [portId(link.target, "in")] };
}

function portId(key: NodeKey, port: string): string {
  return JSON.stringify([key, port]);
}

function round(value: number | undefined): number {
  return Math.round((value ?? 0) / 16) * 16;
}

/** The upper left of the selection stays where it was. */
function anchored(found: Map<NodeKey, Point>, keys: readonly NodeKey[], sizes: ReadonlyMap<NodeKey, Box>): Map<NodeKey, Point> {
  const least = (points: readonly Point[], axis: "x" | "y"): number => Math.min(...points.map((point) => point[axis]));
  const before = keys.flatMap((key) => sizes.get(key) ?? []);
  const shift = { x: least(before, "x") - least([...found.values()], "x"), y: least(before, "y") - least([...found.values()], "y") };
  return new Map([...found].map(([key, place]) => [key, { x: round(place.x + shift.x), y: round(place.y + shift.y) }]));
}
