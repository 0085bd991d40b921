/** Where cards stand: places in the layout of the workflow, or in the nodes as older documents have it. */
import type { DocNode, Document, NodeKey, Point } from "./document.ts";
import { asObject, isObject, type JsonObject } from "./json.ts";
import type { Recorder } from "./recorder.ts";

export function placeOf(document: Document, node: DocNode): Point | undefined {
  return point(layoutOf(document, "nodes")[node.key]) ?? point(node.spec["position"]);
}

export function isCollapsed(document: Document, key: NodeKey): boolean | undefined {
  const value = asObject(layoutOf(document, "nodes")[key])["collapsed"];
  return typeof value === "boolean" ? value : undefined;
}

export function layoutOf(document: Document, part: "nodes" | "notes" | "groups"): JsonObject {
  return asObject(asObject(document.root["layout"])[part]);
}

/** Writes the place into the layout and takes it out of the node, so that it stands in one place only. */
export function setPlace(record: Recorder, key: NodeKey, to: Point): void {
  const rounded = { x: Math.round(to.x), y: Math.round(to.y) };
  const before = asObject(layoutOf(record.document, "nodes")[key]);
  record.set(["root", "layout", "nodes", key], { ...before, ...rounded });
  if (record.document.nodes[key]?.spec["position"] !== undefined) record.set(["nodes", key, "spec", "position"], undefined);
}

export function forgetPlace(record: Recorder, key: NodeKey): void {
  if (layoutOf(record.document, "nodes")[key] !== undefined) record.set(["root", "layout", "nodes", key], undefined);
}

function point(value: unknown): Point | undefined {
  if (!isObject(value)) return undefined;
  const { x, y } = value;
  return typeof x === "number" && typeof y === "number" ? { x, y } : undefined;
}
