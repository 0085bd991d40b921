/** Edits that put new steps into a workflow. */
import { builder as say } from "~/lib/strings/builder.ts";
import { type DocNode, type Document, type EdgeKey, type NodeKey, type NodeSpec, nodeKey, type Point, startOf, titleOf } from "../document.ts";
import { graphOf } from "../graph.ts";
import { freshId, nextRank, slug } from "../ids.ts";
import type { JsonObject } from "../json.ts";
import { setPlace } from "../places.ts";
import { freeFrom, type Placing, placedAfter } from "../placing.ts";
import { type Edit, edit, type Recorder, selecting } from "../recorder.ts";
import { addEdge } from "./edges.ts";
import { startPath } from "./fields.ts";

/** A step that is about to be made. */
export interface NewStep {
  readonly type: string;
  readonly config: JsonObject;
  /** What it is called; the id is made of it. */
  readonly title: string;
}

/** Where it goes. */
export type Spot =
  | { readonly kind: "after"; readonly source: NodeKey; readonly port: string; readonly at?: Point | undefined }
  | { readonly kind: "before"; readonly target: NodeKey }
  | { readonly kind: "edge"; readonly edge: EdgeKey }
  | { readonly kind: "free"; readonly parent: NodeKey | null; readonly at: Point };

export function addStep(step: NewStep, spot: Spot): Edit {
  return (document) => {
    const parent = parentOf(document, spot);
    const id = freshId(document, parent, slug(step.title));
    const key = nodeKey(parent, id);
    return edit(say.labels.add(step.title), (record) => {
      putNode(record, parent, { id, type: step.type, name: step.title, config: withBody(step) });
      wire(record, key, spot);
      return { ...selecting([key]), focus: { on: "first-field", node: key } };
    })(document);
  };
}

/** A container begins with an empty body. */
function withBody(step: NewStep): JsonObject {
  if (step.type !== "map" && step.type !== "loop") return step.config;
  return { ...step.config, body: { startNode: "start", nodes: [], edges: [] } };
}

/** Writes a node; the first of its scope starts it. */
export function putNode(record: Recorder, parent: NodeKey | null, spec: NodeSpec): DocNode {
  const key = nodeKey(parent, spec.id);
  const node: DocNode = { key, parent, rank: nextRank(record.document.nodes), spec };
  record.set(["nodes", key], node);
  const start = startOf(record.document, parent);
  if (start === undefined || record.document.nodes[nodeKey(parent, start)] === undefined) record.set(startPath(parent), spec.id);
  return node;
}

function parentOf(document: Document, spot: Spot): NodeKey | null {
  if (spot.kind === "free") return spot.parent;
  if (spot.kind === "edge") return document.edges[spot.edge]?.parent ?? null;
  return document.nodes[spot.kind === "after" ? spot.source : spot.target]?.parent ?? null;
}

function wire(record: Recorder, key: NodeKey, spot: Spot): void {
  if (spot.kind === "free") setPlace(record, key, freeFrom(record.document, spot.parent, spot.at));
  else if (spot.kind === "edge") insertOnEdge(record, key, spot.edge);
  else if (spot.kind === "after") follow(record, key, spot.source, spot.port, spot.at);
  else precede(record, key, spot.target);
}

function follow(record: Recorder, key: NodeKey, source: NodeKey, port: string, at: Point | undefined): void {
  if (at === undefined) settle(record, key, placedAfter(record.document, source, false));
  else setPlace(record, key, at);
  addEdge(record, source, port, key);
}

function insertOnEdge(record: Recorder, key: NodeKey, edge: EdgeKey): void {
  const link = graphOf(record.document).links.find((each) => each.edge.key === edge);
  if (link === undefined) return;
  settle(record, key, placedAfter(record.document, link.source, true));
  record.set(["edges", edge], undefined);
  addEdge(record, link.source, link.port, key);
  addEdge(record, key, "out", link.target);
}

/** All that led to the target leads to the new step, and it leads to the target. */
function precede(record: Recorder, key: NodeKey, target: NodeKey): void {
  const { document } = record;
  const node = document.nodes[target];
  if (node === undefined) return;
  const links = graphOf(document).into.get(target) ?? [];
  const source = links[0]?.source;
  if (source === undefined) setPlace(record, key, leftOf(document, target));
  else settle(record, key, placedAfter(document, source, true));
  for (const link of links) {
    record.set(["edges", link.edge.key], undefined);
    addEdge(record, link.source, link.port, key);
  }
  addEdge(record, key, "out", target);
  if (startOf(record.document, node.parent) === node.spec.id) record.set(startPath(node.parent), record.document.nodes[key]?.spec.id);
}

function leftOf(document: Document, target: NodeKey): Point {
  const { place } = placedAfter(document, target, true);
  return { x: place.x - 608, y: place.y };
}

function settle(record: Recorder, key: NodeKey, placing: Placing): void {
  for (const [each, place] of placing.moved) {
    if (each !== key) setPlace(record, each, place);
  }
  setPlace(record, key, placing.place);
}

export function titlesOf(document: Document, keys: readonly NodeKey[]): string {
  const first = document.nodes[keys[0] ?? ""];
  return keys.length === 1 && first !== undefined ? titleOf(first) : say.labels.steps(keys.length);
}
