/** Puts copied steps into a workflow: with ids of their own, and expressions that name these. */
import { builder as say } from "~/lib/strings/builder.ts";
import { type Clip, renamed } from "../clipboard.ts";
import { type Document, type NodeKey, nodeKey, type NodeSpec, type Point } from "../document.ts";
import { freshId } from "../ids.ts";
import { asObject, asText, isList, isObject, type Json, type JsonObject } from "../json.ts";
import { placeOf, setPlace } from "../places.ts";
import { read, without } from "../read.ts";
import { type Edit, edit, type Recorder, selecting } from "../recorder.ts";
import { putNode } from "./add.ts";
import { addEdge } from "./edges.ts";

export interface PasteAt {
  readonly parent: NodeKey | null;
  /** Where the upper left of what is pasted goes; beside the original where it is left out. */
  readonly at?: Point | undefined;
  readonly incoming?: boolean;
}

export function paste(clip: Clip, where: PasteAt, label?: string): Edit {
  return (document) => {
    const ids = freshIds(document, where.parent, clip);
    return edit(label ?? say.labels.paste(clip.nodes.length), (record) => {
      takeAgents(record, clip);
      const shift = shiftOf(clip, where.at);
      for (const node of clip.nodes) putCopy(record, where.parent, node, ids, shift);
      wireCopies(record, clip, where, ids);
      return selecting([...ids.values()].map((id) => nodeKey(where.parent, id)));
    })(document);
  };
}

function freshIds(document: Document, parent: NodeKey | null, clip: Clip): Map<string, string> {
  const taken = new Set<string>();
  const ids = new Map<string, string>();
  for (const node of clip.nodes) {
    const id = freshId(document, parent, asText(node["id"]) ?? "step", taken);
    taken.add(id);
    ids.set(asText(node["id"]) ?? "", id);
  }
  return ids;
}

/** A node and, of a container, everything in its body. */
function putCopy(record: Recorder, parent: NodeKey | null, given: JsonObject, ids: ReadonlyMap<string, string>, shift: Point): void {
  const place = placeOf({ root: {}, nodes: {}, edges: {} }, { key: "", parent: null, rank: 0, spec: given as NodeSpec });
  const named = asObject(renamed(without(given, ["position", "nextNodes"]), ids));
  const id = ids.get(asText(given["id"]) ?? "") ?? "step";
  const whole = read({ startNode: id, nodes: [{ ...named, id }], edges: [] });
  const outer = whole.nodes[id];
  if (outer === undefined) return;
  const key = putNode(record, parent, outer.spec).key;
  for (const inner of Object.values(whole.nodes)) {
    if (inner.parent !== null) putInner(record, parent, inner.parent, inner.spec);
  }
  for (const edge of Object.values(whole.edges)) {
    const around = nodeKey(parent, edge.parent ?? "");
    addEdge(record, nodeKey(around, edge.spec.from), asText(edge.spec["port"]) ?? "out", nodeKey(around, edge.spec.to));
  }
  setPlace(record, key, { x: (place?.x ?? 0) + shift.x, y: (place?.y ?? 0) + shift.y });
}

function putInner(record: Recorder, parent: NodeKey | null, around: NodeKey, spec: NodeSpec): void {
  putNode(record, nodeKey(parent, around), spec);
}

function wireCopies(record: Recorder, clip: Clip, where: PasteAt, ids: ReadonlyMap<string, string>): void {
  const key = (id: Json | undefined): NodeKey => nodeKey(where.parent, ids.get(asText(id) ?? "") ?? "");
  const port = (edge: JsonObject): string => asText(edge["port"]) ?? "out";
  for (const edge of clip.edges) addEdge(record, key(edge["from"]), port(edge), key(edge["to"]));
  if (where.incoming !== true) return;
  for (const edge of clip.incoming) addEdge(record, nodeKey(where.parent, asText(edge["from"]) ?? ""), port(edge), key(edge["to"]));
}

/** By how much everything moves: to the place that is wanted, else a little beside the original. */
function shiftOf(clip: Clip, at: Point | undefined): Point {
  if (at === undefined) return { x: 32, y: 32 };
  const places = clip.nodes.map((node) => asObject(node["position"]));
  const least = (axis: "x" | "y"): number => Math.min(...places.map((place) => (typeof place[axis] === "number" ? place[axis] : 0)));
  return { x: at.x - least("x"), y: at.y - least("y") };
}

/** Agents that the pasted steps name and this workflow has not. */
function takeAgents(record: Recorder, clip: Clip): void {
  const there = record.document.root["agents"];
  const own = isList(there) ? there : [];
  const known = new Set(own.filter(isObject).map((agent) => agent["id"]));
  const added = clip.agents.filter((agent) => !known.has(agent["id"]));
  if (added.length > 0) record.set(["root", "agents"], [...own, ...added]);
}
