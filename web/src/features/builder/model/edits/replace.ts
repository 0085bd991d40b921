/** Makes a document say what another one says, with the fewest ops: the way back from the YAML view, an import or a version. */
import { builder as say } from "~/lib/strings/builder.ts";
import type { Document, NodeKey } from "../document.ts";
import { isObject, type JsonObject, type Path, same } from "../json.ts";
import { read } from "../read.ts";
import { type Edit, edit, type Recorder } from "../recorder.ts";

/** Nodes keep their identity by their ids; what differs within a spec is changed field by field. */
export function replaceWith(definition: JsonObject, label: string = say.labels.text): Edit {
  const wanted = read(definition);
  return edit(label, (record) => {
    members(record, ["root"], record.document.root, wanted.root);
    table(record, "nodes", record.document, wanted);
    table(record, "edges", record.document, wanted);
  });
}

function table(record: Recorder, name: "nodes" | "edges", now: Document, wanted: Document): void {
  for (const key of Object.keys(now[name])) {
    if (wanted[name][key] === undefined) record.set([name, key], undefined);
  }
  const order = sameOrder(now[name], wanted[name]);
  for (const [key, value] of Object.entries(wanted[name])) {
    const there = now[name][key];
    if (there === undefined) record.set([name, key], order ? { ...value, rank: after(record, name) } : value);
    else {
      if (!order) record.set([name, key, "rank"], value.rank);
      members(record, [name, key, "spec"], there.spec, value.spec);
    }
  }
}

/** Whether what is in both stands in the same order, and what is new comes last: then no rank changes. */
function sameOrder(now: Readonly<Record<NodeKey, { readonly rank: number }>>, wanted: Readonly<Record<NodeKey, { readonly rank: number }>>): boolean {
  const byRank = (keys: string[], of: Readonly<Record<string, { readonly rank: number }>>): string[] =>
    keys.toSorted((one, other) => (of[one]?.rank ?? 0) - (of[other]?.rank ?? 0));
  const kept = byRank(Object.keys(now).filter((key) => wanted[key] !== undefined), now);
  const all = byRank(Object.keys(wanted), wanted);
  return same(all.slice(0, kept.length), kept);
}

function after(record: Recorder, name: "nodes" | "edges"): number {
  return Object.values(record.document[name]).reduce((most, each) => Math.max(most, each.rank), -1) + 1;
}

/** Sets every member that differs; objects are gone into, so that edits of different fields do not meet. */
function members(record: Recorder, path: Path, now: JsonObject, wanted: JsonObject): void {
  for (const name of new Set([...Object.keys(now), ...Object.keys(wanted)])) {
    const [before, after] = [now[name], wanted[name]];
    if (same(before, after)) continue;
    if (isObject(before) && isObject(after)) members(record, [...path, name], before, after);
    else record.set([...path, name], after);
  }
}
