/** Edits of the drawing: places, notes and groups. They change nothing that runs. */
import { builder as say } from "~/lib/strings/builder.ts";
import { type Document, type NodeKey, type Point, selected } from "../document.ts";
import { freshKey } from "../ids.ts";
import { asObject, type JsonObject } from "../json.ts";
import { layoutOf, setPlace } from "../places.ts";
import { type Edit, edit } from "../recorder.ts";
import { titlesOf } from "./add.ts";

export interface Places {
  readonly nodes: ReadonlyMap<NodeKey, Point>;
  readonly notes?: ReadonlyMap<string, Point>;
}

export function move(places: Places, label?: string, coalesce?: string): Edit {
  return (document) => {
    const notes = places.notes ?? new Map<string, Point>();
    const moved = [...places.nodes].filter(([key]) => document.nodes[key] !== undefined);
    const what = moved.length > 0 ? titlesOf(document, moved.map(([key]) => key)) : say.labels.aNote;
    return edit(label ?? say.labels.move(what), (record) => {
      for (const [key, to] of moved) setPlace(record, key, to);
      for (const [id, to] of notes) {
        const there = layoutOf(record.document, "notes")[id];
        if (there !== undefined) record.set(["root", "layout", "notes", id], { ...asObject(there), x: Math.round(to.x), y: Math.round(to.y) });
      }
      return { coalesce };
    })(document);
  };
}

export function collapse(key: NodeKey, collapsed: boolean): Edit {
  return edit(collapsed ? say.labels.fold : say.labels.unfold, (record) => {
    const before = asObject(layoutOf(record.document, "nodes")[key]);
    const at = "x" in before ? {} : { x: 0, y: 0 };
    record.set(["root", "layout", "nodes", key], { ...at, ...before, collapsed });
  });
}

export const noteSize = { width: 240, height: 120 };

export function addNote(at: Point, text = ""): Edit {
  return (document) => {
    const id = freshKey(layoutOf(document, "notes"), "note");
    return edit(say.labels.note, (record) => {
      record.set(["root", "layout", "notes", id], { x: Math.round(at.x), y: Math.round(at.y), ...noteSize, text });
      return { selection: selected({ notes: [id] }) };
    })(document);
  };
}

export function setNote(id: string, part: JsonObject): Edit {
  return edit(say.labels.setNote, (record) => {
    const before = layoutOf(record.document, "notes")[id];
    if (before === undefined) return {};
    record.set(["root", "layout", "notes", id], { ...asObject(before), ...part });
    return { coalesce: `note ${id} ${Object.keys(part).join(" ")}` };
  });
}

export function group(keys: readonly NodeKey[], title: string = say.group.unnamed): Edit {
  return (document) => {
    if (keys.length === 0) return null;
    const id = freshKey(layoutOf(document, "groups"), "group");
    return edit(say.labels.group(titlesOf(document, keys)), (record) => {
      for (const [other, value] of Object.entries(layoutOf(record.document, "groups"))) {
        const left = members(asObject(value)).filter((key) => !keys.includes(key));
        record.set(["root", "layout", "groups", other], left.length === 0 ? undefined : { ...asObject(value), nodes: left });
      }
      record.set(["root", "layout", "groups", id], { title, nodes: [...keys] });
      return { selection: selected({ groups: [id] }) };
    })(document);
  };
}

export function setGroup(id: string, part: JsonObject): Edit {
  return edit(say.labels.setGroup, (record) => {
    const before = layoutOf(record.document, "groups")[id];
    if (before !== undefined) record.set(["root", "layout", "groups", id], { ...asObject(before), ...part });
    return { coalesce: `group ${id}` };
  });
}

/** Takes away the groups that are named, and those of which one of these nodes is a member; the nodes stay. */
export function ungroup(document: Document, groups: readonly string[], keys: readonly NodeKey[]): Edit {
  const table = layoutOf(document, "groups");
  const gone = Object.keys(table).filter((id) => groups.includes(id) || members(asObject(table[id])).some((key) => keys.includes(key)));
  return edit(say.labels.ungroup, (record) => {
    const freed = gone.flatMap((id) => members(asObject(layoutOf(record.document, "groups")[id])));
    for (const id of gone) record.set(["root", "layout", "groups", id], undefined);
    return { selection: selected({ nodes: freed }) };
  });
}

export function members(value: JsonObject): NodeKey[] {
  const nodes = value["nodes"];
  return Array.isArray(nodes) ? nodes.filter((each): each is string => typeof each === "string") : [];
}
