/** A workflow while it is edited: nodes and edges by key, also those in bodies, and everything else as it is written. */
import type { Json, JsonObject } from "./json.ts";

/** The ids of a node and of the containers around it, joined by `/` as the layout of a workflow writes them: `each/send`. */
export type NodeKey = string;
export type EdgeKey = string;

export interface NodeSpec extends JsonObject {
  readonly id: string;
  readonly type: string;
}

export interface EdgeSpec extends JsonObject {
  readonly from: string;
  readonly to: string;
}

export interface DocNode {
  readonly key: NodeKey;
  /** The map or loop in whose body it stands. */
  readonly parent: NodeKey | null;
  /** Its place in the file; larger is later. */
  readonly rank: number;
  /** As written, but without the nodes and edges of its body, which have keys of their own. */
  readonly spec: NodeSpec;
}

export interface DocEdge {
  readonly key: EdgeKey;
  readonly parent: NodeKey | null;
  readonly rank: number;
  readonly spec: EdgeSpec;
}

export interface Document {
  /** Everything of the workflow but its nodes and edges. */
  readonly root: JsonObject;
  readonly nodes: Readonly<Record<NodeKey, DocNode>>;
  readonly edges: Readonly<Record<EdgeKey, DocEdge>>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is selected, in the order in which it was. */
export interface Selection {
  readonly nodes: readonly NodeKey[];
  readonly edges: readonly EdgeKey[];
  readonly notes: readonly string[];
  readonly groups: readonly string[];
}

export const nothing: Selection = { nodes: [], edges: [], notes: [], groups: [] };

export const empty: Document = { root: { name: "" }, nodes: {}, edges: {} };

export function selected(part: Partial<Selection>): Selection {
  return { ...nothing, ...part };
}

export function nodeKey(parent: NodeKey | null, id: string): NodeKey {
  return parent === null ? id : `${parent}/${id}`;
}

export function configOf(node: DocNode): JsonObject {
  const config = node.spec["config"];
  return typeof config === "object" && config !== null && !Array.isArray(config) ? (config as JsonObject) : {};
}

/** What people call it: its name, else its id. */
export function titleOf(node: DocNode): string {
  const name = node.spec["name"];
  return typeof name === "string" && name.trim() !== "" ? name : node.spec.id;
}

export function portOf(edge: DocEdge): string {
  const port = edge.spec["port"];
  return typeof port === "string" ? port : typeof port === "boolean" ? String(port) : "out";
}

/** The values of a table in the order of the file. */
export function ranked<T extends { readonly rank: number }>(table: Readonly<Record<string, T>>): T[] {
  return Object.values(table).toSorted((one, other) => one.rank - other.rank);
}

export function isContainer(node: DocNode): boolean {
  return node.spec.type === "map" || node.spec.type === "loop";
}

/** The id of the node that starts a scope: the workflow, or the body of a container. */
export function startOf(document: Document, parent: NodeKey | null): string | undefined {
  if (parent === null) return textOf(document.root["startNode"] ?? document.root["start_node"]);
  const container = document.nodes[parent];
  const body = container === undefined ? undefined : configOf(container)["body"];
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  return textOf((body as JsonObject)["startNode"] ?? (body as JsonObject)["start_node"]);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
