/** A document as React Flow draws it. What has not changed keeps its identity, so that only what has is drawn anew. */
import { type Edge, type Node, Position } from "@xyflow/react";
import {
  around, type Catalog, cardSize, configOf, type DocNode, type Document, effectOf, geometryOf, graphOf, isContainer, isOpen, type JsonObject, layoutOf, type NodeKey,
  type Piece, type Point, type Port, portPlaces, type Problem, type Selection, sentence, type Size, spoken, startOf, titleOf, absolute, same,
} from "../model/index.ts";
import { builder as say } from "~/lib/strings/builder";
import { trials } from "~/lib/strings/trials";

export interface CardData extends Record<string, unknown> {
  readonly node: DocNode;
  readonly title: string;
  readonly pieces: readonly Piece[];
  readonly ports: readonly Port[];
  /** The ports from which a way leads. */
  readonly used: readonly string[];
  readonly card: Size;
  readonly errors: number;
  readonly warnings: number;
  readonly effect: string;
  readonly pinned: boolean;
  readonly starts: boolean;
  /** Of a container: whether its body is drawn, and how many steps it holds. */
  readonly open: boolean;
  readonly inner: number;
}

export interface NoteData extends Record<string, unknown> {
  readonly id: string;
  readonly text: string;
}

export interface GroupData extends Record<string, unknown> {
  readonly id: string;
  readonly title: string;
  readonly count: number;
}

export type CardNode = Node<CardData, "card">;
export type NoteNode = Node<NoteData, "note">;
export type GroupNode = Node<GroupData, "group-box">;
export type FlowNode = CardNode | NoteNode | GroupNode;

export interface WayData extends Record<string, unknown> {
  readonly label: string;
}
export type WayEdge = Edge<WayData, "way">;

export const noteId = (id: string): string => `note:${id}`;
export const groupId = (id: string): string => `group:${id}`;

export interface Drawn {
  readonly document: Document;
  readonly catalog: Catalog;
  readonly problems: readonly Problem[];
  readonly selection: Selection;
  /** The steps whose answers are pinned. */
  readonly pinned: ReadonlySet<NodeKey>;
  /** Which card is reached by Tab. */
  readonly lead: NodeKey | null;
}

export type Cache = Map<string, FlowNode>;

/** All nodes: groups first, then notes, then cards, each frame before what it holds. */
export function flowNodes(drawn: Drawn, cache: Cache): FlowNode[] {
  const cards = inOrder(drawn.document, null).map((node) => cardNode(drawn, node));
  const made = [...groupNodes(drawn), ...noteNodes(drawn), ...cards].map((node) => kept(node, cache));
  const ids = new Set(made.map((node) => node.id));
  for (const id of cache.keys()) if (!ids.has(id)) cache.delete(id);
  return made;
}

function kept(node: FlowNode, cache: Cache): FlowNode {
  const before = cache.get(node.id);
  if (before !== undefined && alike(before, node)) return before;
  cache.set(node.id, before !== undefined && sameData(before.data, node.data) ? ({ ...node, data: before.data } as FlowNode) : node);
  return cache.get(node.id) ?? node;
}

function alike(one: FlowNode, other: FlowNode): boolean {
  const { data, ...rest } = one;
  const { data: theirs, ...others } = other;
  return same(rest, others) && sameData(data, theirs);
}

function sameData(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return Object.keys(other).every((name) => (name === "node" ? one[name] === other[name] : same(one[name], other[name])));
}

function inOrder(document: Document, parent: NodeKey | null): DocNode[] {
  const members = graphOf(document).members.get(parent) ?? [];
  return members.flatMap((node) => (isOpen(document, node) ? [node].concat(inOrder(document, node.key)) : [node]));
}

function cardNode(drawn: Drawn, node: DocNode): CardNode {
  const { document, catalog, selection } = drawn;
  const box = geometryOf(document, catalog).boxes.get(node.key) ?? { x: 0, y: 0, ...cardSize(node, catalog) };
  const data = cardData(drawn, node, box.width);
  return {
    id: node.key,
    type: "card",
    position: { x: box.x, y: box.y },
    width: box.width,
    height: box.height,
    handles: data.ports.map((port) => handle(port, data.card)),
    ...(node.parent === null ? {} : { parentId: node.parent }),
    selected: selection.nodes.includes(node.key),
    data,
    ariaRole: "group",
    ariaLabel: [data.title, `${spoken(data.pieces)}`, data.pinned ? trials.pin.mark : "", data.errors > 0 ? say.card.problems(data.errors) : ""].filter(Boolean).join(", "),
    domAttributes: { tabIndex: drawn.lead === node.key ? 0 : -1 },
  };
}

function handle(port: Port, card: Size): { id: string; type: "source" | "target"; position: Position; x: number; y: number; width: number; height: number } {
  const inward = port.side === "in";
  return { id: port.name, type: inward ? "target" : "source", position: inward ? Position.Left : Position.Right, x: inward ? -12 : card.width - 12, y: port.y - 12, width: 24, height: 24 };
}

/** Of an open container the card is as wide as its frame, so that its ways begin outside. */
function cardData({ document, catalog, problems, pinned }: Drawn, node: DocNode, width: number): CardData {
  const own = problems.filter((problem) => problem.node === node.key);
  const errors = own.filter((problem) => problem.severe).length;
  return {
    node,
    title: titleOf(node),
    pieces: sentence(document, node, catalog),
    ports: portPlaces(node, catalog).map((port) => (port.side === "in" ? port : Object.assign({}, port, { x: width }))),
    used: (graphOf(document).from.get(node.key) ?? []).map((link) => link.port),
    card: { width, height: cardSize(node, catalog).height },
    errors,
    warnings: own.length - errors,
    effect: effectOf(node, catalog),
    pinned: pinned.has(node.key),
    starts: startOf(document, node.parent) === node.spec.id,
    open: isOpen(document, node),
    inner: isContainer(node) ? (graphOf(document).members.get(node.key) ?? []).length : 0,
  };
}

function noteNodes({ document, selection }: Drawn): NoteNode[] {
  return Object.entries(layoutOf(document, "notes")).map(([id, value]) => {
    const note = value as JsonObject;
    const number = (name: string, otherwise: number): number => (typeof note[name] === "number" ? note[name] : otherwise);
    return {
      id: noteId(id),
      type: "note",
      position: { x: number("x", 0), y: number("y", 0) },
      width: number("width", 240),
      height: number("height", 120),
      selected: selection.notes.includes(id),
      data: { id, text: typeof note["text"] === "string" ? note["text"] : "" },
      zIndex: -1,
      ariaRole: "group",
      ariaLabel: say.note.label,
      connectable: false,
    };
  });
}

function groupNodes({ document, catalog, selection }: Drawn): GroupNode[] {
  return Object.entries(layoutOf(document, "groups")).flatMap(([id, value]): GroupNode[] => {
    const keys = membersOf(value as JsonObject);
    const boxes = keys.flatMap((key) => absolute(document, catalog, key) ?? []);
    const box = around(boxes, 24);
    if (box === undefined) return [];
    const title = (value as JsonObject)["title"];
    const data = { id, title: typeof title === "string" ? title : "", count: keys.length };
    const selected = selection.groups.includes(id);
    return [{ id: groupId(id), type: "group-box", position: { x: box.x, y: box.y - 24 }, width: box.width, height: box.height + 24, selected, data, zIndex: -2, connectable: false, ariaRole: "group", ariaLabel: say.group.label(data.title) }];
  });
}

export function membersOf(group: JsonObject): NodeKey[] {
  const nodes = group["nodes"];
  return Array.isArray(nodes) ? nodes.filter((each): each is string => typeof each === "string") : [];
}

const edgeCache = new WeakMap<Document, WayEdge[]>();

/** The edges whose ends are drawn. */
export function flowEdges(document: Document, catalog: Catalog, selection: Selection): WayEdge[] {
  const { boxes } = geometryOf(document, catalog);
  const known = edgeCache.get(document);
  const plain = known ?? graphOf(document).links.flatMap((link): WayEdge[] => {
    if (!boxes.has(link.source) || !boxes.has(link.target)) return [];
    return [{ id: link.edge.key, type: "way", source: link.source, sourceHandle: link.port, target: link.target, targetHandle: "in", data: { label: link.port } }];
  });
  if (known === undefined) edgeCache.set(document, plain);
  if (selection.edges.length === 0) return plain;
  return plain.map((edge) => (selection.edges.includes(edge.id) ? Object.assign({}, edge, { selected: true }) : edge));
}

/** Nodes with the places that a drag gives them for now. */
export function dragged(nodes: readonly FlowNode[], places: ReadonlyMap<string, Point>): FlowNode[] {
  if (places.size === 0) return nodes as FlowNode[];
  return nodes.map((node) => {
    const place = places.get(node.id);
    return place === undefined ? node : Object.assign({}, node, { position: place, dragging: true });
  });
}

/** What `config` holds of an app and an action, for the card's icon. */
export function appOf(node: DocNode): string | undefined {
  const app = configOf(node)["integration"];
  return node.spec.type === "integration" && typeof app === "string" ? app : undefined;
}
