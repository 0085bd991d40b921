/** Edits of the ways between nodes. */
import { builder as say } from "~/lib/strings/builder.ts";
import { type Document, type EdgeKey, type NodeKey, selected, titleOf } from "../document.ts";
import { graphOf, wouldCircle } from "../graph.ts";
import { nextRank } from "../ids.ts";
import { edgeKey, free } from "../read.ts";
import { type Edit, edit, type Recorder } from "../recorder.ts";

/** Why a way cannot be made, for people; null where it can. */
export function refusal(document: Document, source: NodeKey, port: string, target: NodeKey): string | null {
  const from = document.nodes[source];
  const to = document.nodes[target];
  if (from === undefined || to === undefined) return say.refusals.gone;
  if (from.parent !== to.parent) return say.refusals.body;
  if (linked(document, source, port, target)) return say.refusals.double(titleOf(from), titleOf(to));
  if (wouldCircle(document, source, target)) return say.refusals.circle;
  return null;
}

function linked(document: Document, source: NodeKey, port: string, target: NodeKey): boolean {
  return (graphOf(document).from.get(source) ?? []).some((link) => link.port === port && link.target === target);
}

export function connect(source: NodeKey, port: string, target: NodeKey): Edit {
  return (document) => {
    if (refusal(document, source, port, target) !== null) return null;
    const key = wanted(document, source, port, target);
    return edit(say.labels.connect, (record) => {
      addEdge(record, source, port, target);
      return { selection: selected({ edges: [key] }) };
    })(document);
  };
}

export function disconnect(keys: readonly EdgeKey[]): Edit {
  const label = say.labels.disconnect(keys.length);
  return edit(label, (record) => {
    for (const key of keys) record.set(["edges", key], undefined);
    return { selection: selected({}) };
  });
}

/** Lets an edge end at another node, or begin at another port. */
export function reconnect(edge: EdgeKey, source: NodeKey, port: string, target: NodeKey): Edit {
  return (document) => {
    const without = edit(say.labels.reconnect, (record) => record.set(["edges", edge], undefined));
    return edit(say.labels.reconnect, (record) => {
      for (const op of without(record.document)?.ops ?? []) record.set(op.path, op.after);
      if (refusal(record.document, source, port, target) === null) addEdge(record, source, port, target);
    })(document);
  };
}

/** Writes an edge without asking whether it may be. */
export function addEdge(record: Recorder, source: NodeKey, port: string, target: NodeKey): void {
  const { document } = record;
  const from = document.nodes[source];
  const to = document.nodes[target];
  if (from === undefined || to === undefined || linked(document, source, port, target)) return;
  const spec = { from: from.spec.id, ...(port === "out" ? {} : { port }), to: to.spec.id };
  const key = free(document.edges, edgeKey(from.parent, spec));
  record.set(["edges", key], { key, parent: from.parent, rank: nextRank(document.edges), spec });
}

function wanted(document: Document, source: NodeKey, port: string, target: NodeKey): EdgeKey {
  const from = document.nodes[source];
  const spec = { from: from?.spec.id ?? "", port, to: document.nodes[target]?.spec.id ?? "" };
  return free(document.edges, edgeKey(from?.parent ?? null, spec));
}
