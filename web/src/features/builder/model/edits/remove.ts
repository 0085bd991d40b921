/** Edits that take things out of a workflow, and leave nothing that pointed at them. */
import { builder as say } from "~/lib/strings/builder.ts";
import { type Document, type NodeKey, type Selection, selected, startOf } from "../document.ts";
import { graphOf, type Link } from "../graph.ts";
import { asObject, isList } from "../json.ts";
import { forgetPlace, layoutOf } from "../places.ts";
import { type Edit, edit, type Recorder } from "../recorder.ts";
import { addEdge } from "./edges.ts";
import { startPath } from "./fields.ts";
import { titlesOf } from "./add.ts";

/** Takes out everything that is selected; with `bridge` what was before a step leads to what was after it. */
export function remove(selection: Selection, bridge = false): Edit {
  return (document) => {
    const keys = selection.nodes.filter((key) => document.nodes[key] !== undefined);
    const next = neighbour(document, keys);
    return edit(labelOf(document, selection, keys), (record) => {
      for (const key of keys) removeNode(record, key, bridge);
      for (const key of selection.edges) record.set(["edges", key], undefined);
      for (const id of selection.notes) record.set(["root", "layout", "notes", id], undefined);
      for (const id of selection.groups) record.set(["root", "layout", "groups", id], undefined);
      return { selection: selected({ nodes: next === undefined ? [] : [next] }), ...(next === undefined ? {} : { focus: { on: "card", node: next } }) };
    })(document);
  };
}

function labelOf(document: Document, selection: Selection, keys: readonly NodeKey[]): string {
  if (keys.length > 0) return say.labels.remove(titlesOf(document, keys));
  if (selection.notes.length > 0) return say.labels.removeNote;
  return selection.groups.length > 0 ? say.labels.removeGroup : say.labels.disconnect(1);
}

/** Who has the focus afterwards: a successor, else a predecessor. */
function neighbour(document: Document, keys: readonly NodeKey[]): NodeKey | undefined {
  const gone = new Set(keys);
  const graph = graphOf(document);
  const after = keys.flatMap((key) => (graph.from.get(key) ?? []).map((link) => link.target));
  const before = keys.flatMap((key) => (graph.into.get(key) ?? []).map((link) => link.source));
  const around = keys.flatMap((key) => document.nodes[key]?.parent ?? []);
  return [...after, ...before, ...around].find((key) => !gone.has(key));
}

function removeNode(record: Recorder, key: NodeKey, bridge: boolean): void {
  const node = record.document.nodes[key];
  if (node === undefined) return;
  for (const inner of graphOf(record.document).members.get(key) ?? []) removeNode(record, inner.key, false);
  const graph = graphOf(record.document);
  const into = graph.into.get(key) ?? [];
  const from = graph.from.get(key) ?? [];
  for (const edge of Object.values(record.document.edges)) {
    if (edge.parent === node.parent && (edge.spec.from === node.spec.id || edge.spec.to === node.spec.id)) record.set(["edges", edge.key], undefined);
  }
  moveStart(record, key, from);
  record.set(["nodes", key], undefined);
  forgetPlace(record, key);
  leaveGroups(record, key);
  if (bridge) for (const link of into) for (const next of from) addEdge(record, link.source, link.port, next.target);
}

/** Where the scope started with it, it starts with what followed, else with the first that is left. */
function moveStart(record: Recorder, key: NodeKey, from: readonly Link[]): void {
  const node = record.document.nodes[key];
  if (node === undefined || startOf(record.document, node.parent) !== node.spec.id) return;
  const left = (graphOf(record.document).members.get(node.parent) ?? []).find((each) => each.key !== key);
  const next = record.document.nodes[from[0]?.target ?? ""] ?? left;
  record.set(startPath(node.parent), next?.spec.id ?? "start");
}

function leaveGroups(record: Recorder, key: NodeKey): void {
  for (const [id, group] of Object.entries(layoutOf(record.document, "groups"))) {
    const nodes = asObject(group)["nodes"];
    if (!isList(nodes) || !nodes.includes(key)) continue;
    const left = nodes.filter((each) => each !== key);
    record.set(["root", "layout", "groups", id], left.length === 0 ? undefined : { ...asObject(group), nodes: left });
  }
}
