/** What is different between two documents, part by part; the order in a file is no difference. */
import { type DocEdge, type DocNode, type Document, type EdgeKey, type NodeKey, nodeKey, portOf, ranked, titleOf } from "./document.ts";
import { isList, isObject, type Json, type JsonObject, type Path, same } from "./json.ts";
import { layoutOf, placeOf } from "./places.ts";
import { topological } from "./graph.ts";
import { united } from "./union.ts";

/** What became of a part; `moved` is a step of which nothing but its place is another one. */
export type Mark = "added" | "removed" | "changed" | "moved";

/** `setting` is everything of the workflow that is neither a step nor a connection: its name, an agent, a trigger. */
export type PartKind = "step" | "way" | "setting" | "note" | "group";

/** A field that is another one: undefined is absence. */
export interface FieldChange {
  readonly path: Path;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface PartChange {
  /** Its name in addresses: `step each/send`. */
  readonly id: string;
  readonly kind: PartKind;
  readonly mark: Mark;
  /** Of a step or a connection its key in the documents; of others what identifies them. */
  readonly key: string;
  readonly title: string;
  readonly fields: readonly FieldChange[];
  /** Whether its card stands elsewhere, whatever else is different. */
  readonly moved: boolean;
}

export interface Difference {
  readonly before: Document;
  readonly after: Document;
  /** What is there after, and what was there before and is gone: what is drawn. */
  readonly union: Document;
  /** Steps in the order in which they run, then connections, settings, notes and groups. */
  readonly changes: readonly PartChange[];
  readonly nodes: ReadonlyMap<NodeKey, Mark>;
  readonly edges: ReadonlyMap<EdgeKey, Mark>;
}

export function differenceOf(before: Document, after: Document): Difference {
  const union = united(before, after);
  const steps = inOrder(union).flatMap((node) => stepChange(before, after, node.key));
  const ways = ranked(union.edges).flatMap((edge) => wayChange(before, after, union, edge));
  const changes = [...steps, ...ways, ...settingChanges(before.root, after.root), ...drawingChanges(before, after)];
  const marks = (kind: PartKind): Map<string, Mark> => new Map(changes.filter((change) => change.kind === kind).map((change) => [change.key, change.mark]));
  return { before, after, union, changes, nodes: marks("step"), edges: marks("way") };
}

/** A step that is the same in both, by the name that its change would have: all of its fields; null where there is none. */
export function unchanged({ after, changes }: Difference, id: string | null): Pick<PartChange, "title" | "fields"> | null {
  const node = id?.startsWith("step ") === true ? after.nodes[id.slice("step ".length)] : undefined;
  if (node === undefined || changes.some((change) => change.id === id)) return null;
  return { title: titleOf(node), fields: leaves(spoken(node), "after") };
}

/** Every member that differs; objects are gone into, lists are told whole. */
export function fieldChanges(before: JsonObject, after: JsonObject, path: Path = []): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): FieldChange[] => {
    const [one, other] = [before[name], after[name]];
    if (same(one, other)) return [];
    if (isObject(one) && isObject(other)) return fieldChanges(one, other, [...path, name]);
    return [{ path: [...path, name], before: one, after: other }];
  });
}

/** Everything of a part that is on one side only, value by value. */
function leaves(value: JsonObject, side: "before" | "after", path: Path = []): FieldChange[] {
  return Object.entries(value).flatMap(([name, inner]): FieldChange[] => {
    if (isObject(inner) && Object.keys(inner).length > 0) return leaves(inner, side, [...path, name]);
    return inner === undefined ? [] : [{ path: [...path, name], before: undefined, after: undefined, [side]: inner }];
  });
}

function fieldsBetween(one: JsonObject | undefined, other: JsonObject | undefined): FieldChange[] {
  if (one === undefined) return leaves(other ?? {}, "after");
  return other === undefined ? leaves(one, "before") : fieldChanges(one, other);
}

function inOrder(document: Document, parent: NodeKey | null = null): DocNode[] {
  return topological(document, parent).flatMap((key): DocNode[] => {
    const node = document.nodes[key];
    return node === undefined ? [] : [node, ...inOrder(document, key)];
  });
}

/** A node without what says only where it stands. */
function spoken(node: DocNode): JsonObject {
  return Object.fromEntries(Object.entries(node.spec).filter(([name]) => name !== "position"));
}

function stepChange(before: Document, after: Document, key: NodeKey): PartChange[] {
  const [one, other] = [before.nodes[key], after.nodes[key]];
  const there = other ?? one;
  if (there === undefined) return [];
  const fields = fieldsBetween(one && spoken(one), other && spoken(other));
  const [old, now] = [one && placeOf(before, one), other && placeOf(after, other)];
  const moved = old !== undefined && now !== undefined && !same(old, now);
  if (one !== undefined && other !== undefined && fields.length === 0 && !moved) return [];
  return [{ id: `step ${key}`, kind: "step", key, title: titleOf(there), fields, moved, mark: mark(one, other, fields.length > 0) }];
}

function mark(one: unknown, other: unknown, changed: boolean): Mark {
  if (one === undefined) return "added";
  if (other === undefined) return "removed";
  return changed ? "changed" : "moved";
}

function wayChange(before: Document, after: Document, union: Document, { key, parent, spec }: DocEdge): PartChange[] {
  const [one, other] = [before.edges[key]?.spec, after.edges[key]?.spec];
  const fields = fieldChanges(bare(one), bare(other));
  if (one !== undefined && other !== undefined && fields.length === 0) return [];
  const name = (id: string): string => {
    const node = union.nodes[nodeKey(parent, id)];
    return node === undefined ? id : titleOf(node);
  };
  const port = portOf({ key, parent, rank: 0, spec });
  const title = `${name(spec.from)}${port === "out" ? "" : ` (${port})`} → ${name(spec.to)}`;
  return [{ id: `way ${key}`, kind: "way", key, title, fields, moved: false, mark: mark(one, other, true) }];
}

/** The way out that has no name is called `out`. */
function bare(spec: JsonObject | undefined): JsonObject {
  return spec?.["port"] === "out" ? Object.fromEntries(Object.entries(spec).filter(([name]) => name !== "port")) : (spec ?? {});
}

const elsewhere = new Set(["id", "layout", "edges", "created", "updated"]);
const listed = new Set(["agents", "triggers"]);

function settingChanges(before: JsonObject, after: JsonObject): PartChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !elsewhere.has(name));
  return names.flatMap((name): PartChange[] => {
    const [one, other] = [before[name], after[name]];
    if (!listed.has(name) || !isList(one ?? []) || !isList(other ?? [])) return settingChange(name, name, one, other);
    const [old, now] = [byId(one), byId(other)];
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((id) => settingChange(`${name}/${id}`, id, old.get(id), now.get(id)));
  });
}

function settingChange(key: string, title: string, one: Json | undefined, other: Json | undefined, kind: PartKind = "setting"): PartChange[] {
  if (same(one, other)) return [];
  const fields = isObject(one ?? {}) && isObject(other ?? {}) ? fieldsBetween(one as JsonObject | undefined, other as JsonObject | undefined) : [{ path: [], before: one, after: other }];
  return [{ id: `${kind} ${key}`, kind, key, title, fields, moved: false, mark: mark(one, other, true) }];
}

/** Parts by their ids; one without stands under its place. */
function byId(list: Json | undefined): Map<string, Json> {
  return new Map((isList(list) ? list : []).map((part, index) => [isObject(part) && typeof part["id"] === "string" ? part["id"] : `#${index + 1}`, part]));
}

function drawingChanges(before: Document, after: Document): PartChange[] {
  return (["notes", "groups"] as const).flatMap((part) => {
    const [old, now] = [layoutOf(before, part), layoutOf(after, part)];
    const kind = part === "notes" ? "note" : "group";
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((id) => settingChange(id, titleOfDrawn(now[id] ?? old[id], id), old[id], now[id], kind));
  });
}

function titleOfDrawn(value: Json | undefined, id: string): string {
  const found = isObject(value) ? (value["title"] ?? value["text"]) : undefined;
  const text = typeof found === "string" ? found.trim().split("\n")[0]?.slice(0, 60) : "";
  return text === undefined || text === "" ? id : text;
}
