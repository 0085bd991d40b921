/** Edits of the ways between nodes. */
import { type Document, type EdgeKey, type NodeKey, selected, titleOf } from "../document.ts";
import { graphOf, wouldCircle } from "../graph.ts";
import { nextRank } from "../ids.ts";
import { edgeKey, free } from "../read.ts";
import { type Edit, edit, type Recorder } from "../recorder.ts";

/** Why a way cannot be made, for people; null where it can. */
export function refusal(document: Document, source: NodeKey, port: string, target: NodeKey): string | null {
  const from = document.nodes[source];
  const to = document.nodes[target];
  if (from === undefined || to === undefined) return "That step is no longer there.";
  if (from.parent !== to.parent) return "A way cannot lead into or out of a body.";
  if (linked(document, source, port, target)) return `${titleOf(from)} goes to ${titleOf(to)} already.`;
  if (wouldCircle(document, source, target)) return "That would be a circle: put the steps into a loop instead.";
  return null;
}

function linked(document: Document, source: NodeKey, port: string, target: NodeKey): boolean {
  return (graphOf(document).from.get(source) ?? []).some((link) => link.port === port && link.target === target);
}

export function connect(source: NodeKey, port: string, target: NodeKey): Edit {
  return (document) => {
    if (refusal(document, source, port, target) !== null) return null;
    const key = wanted(document, source, port, target);
    return edit("connection", (record) => {
      addEdge(record, source, port, target);
      return { selection: selected({ edges: [key] }) };
    })(document);
  };
}

export function disconnect(keys: readonly EdgeKey[]): Edit {
  const label = keys.length === 1 ? "deletion of a connection" : `deletion of ${keys.length} connections`;
  return edit(label, (record) => {
    for (const key of keys) record.set(["edges", key], undefined);
    return { selection: selected({}) };
  });
}

/** Lets an edge end at another node, or begin at another port. */
export function reconnect(edge: EdgeKey, source: NodeKey, port: string, target: NodeKey): Edit {
  return (document) => {
    const without = edit("change of a connection", (record) => record.set(["edges", edge], undefined));
    return edit("change of a connection", (record) => {
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
