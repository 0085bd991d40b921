/** What makes the server's draft the editor's: operations on named paths, as `PATCH /api/workflows/{id}/draft` takes them. */
import { type DocNode, type Document, type EdgeSpec, type NodeKey, ranked } from "./document.ts";
import { asText, isList, isObject, type Json, type JsonObject, type Path, same } from "./json.ts";
import { writeOne } from "./write.ts";

/** Without `after` something is removed. */
export interface Operation {
  readonly path: string;
  readonly after?: Json;
}

/** From one document to another, in an order in which they can be done. */
export function operations(before: Document, after: Document): Operation[] {
  return [...removedEdges(before, after), ...nodeOperations(before, after), ...addedEdges(before, after), ...rootOperations(before, after)];
}

function pointer(path: Path): string {
  return path.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function put(path: Path, value: Json | undefined): Operation {
  return value === undefined ? { path: pointer(path) } : { path: pointer(path), after: value };
}

/** Where a scope begins: nowhere for the workflow, `nodes/each/config/body` for a body. */
function prefix(document: Document, parent: NodeKey | null): readonly string[] {
  const node = parent === null ? undefined : document.nodes[parent];
  return node === undefined ? [] : [...prefix(document, node.parent), "nodes", node.spec.id, "config", "body"];
}

function nodeOperations(before: Document, after: Document): Operation[] {
  const gone = Object.values(before.nodes).filter((node) => after.nodes[node.key] === undefined && !within(node, (key) => after.nodes[key] === undefined));
  const there = ranked(after.nodes);
  const fresh = there.filter((node) => isNew(before, node) && !within(node, (key) => isNew(before, after.nodes[key] as DocNode)));
  return [
    ...gone.map((node) => put([...prefix(before, node.parent), "nodes", node.spec.id], undefined)),
    ...fresh.map((node) => put([...prefix(after, node.parent), "nodes", node.spec.id], writeOne(after, node.key))),
    ...there.flatMap((node) => (isNew(before, node) ? [] : changed([...prefix(after, node.parent), "nodes", node.spec.id], before.nodes[node.key]?.spec ?? {}, node.spec))),
    ...orders(before, after),
  ];

  function within(node: DocNode, asks: (key: NodeKey) => boolean): boolean {
    return node.parent !== null && asks(node.parent);
  }
}

function isNew(before: Document, node: DocNode): boolean {
  return before.nodes[node.key] === undefined;
}

/** Every member that differs; objects are gone into, lists are put whole. */
function changed(path: Path, before: JsonObject, after: JsonObject): Operation[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): Operation[] => {
    const [one, other] = [before[name], after[name]];
    if (same(one, other)) return [];
    if (isObject(one) && isObject(other)) return changed([...path, name], one, other);
    return [put([...path, name], other)];
  });
}

function orders(before: Document, after: Document): Operation[] {
  const scopes = new Set(Object.values(after.nodes).map((node) => node.parent));
  return [...scopes].flatMap((parent): Operation[] => {
    const ids = (document: Document): string[] => ranked(document.nodes).filter((node) => node.parent === parent).map((node) => node.spec.id);
    const [old, wanted] = [ids(before), ids(after)];
    const kept = old.filter((id) => wanted.includes(id));
    if (old.length === 0 || same([...kept, ...wanted.filter((id) => !kept.includes(id))], wanted)) return [];
    return [put([...prefix(after, parent), "order"], wanted)];
  });
}

function edgePath(document: Document, parent: NodeKey | null, spec: EdgeSpec): Path {
  return [...prefix(document, parent), "edges", spec.from, asText(spec["port"]) ?? "out", spec.to];
}

/** Edges of bodies that are gone are gone with them. */
function removedEdges(before: Document, after: Document): Operation[] {
  const left = Object.values(before.edges).filter((edge) => after.edges[edge.key] === undefined && (edge.parent === null || after.nodes[edge.parent] !== undefined));
  return left.map((edge) => put(edgePath(before, edge.parent, edge.spec), undefined));
}

/** Edges of bodies that are new have come with them. */
function addedEdges(before: Document, after: Document): Operation[] {
  const made = ranked(after.edges).filter((edge) => before.edges[edge.key] === undefined && (edge.parent === null || before.nodes[edge.parent] !== undefined));
  return made.map((edge) => put(edgePath(after, edge.parent, edge.spec), edge.spec));
}

const listed = ["agents", "triggers"];

function rootOperations(before: Document, after: Document): Operation[] {
  const plain = (document: Document): JsonObject => Object.fromEntries(Object.entries(document.root).filter(([name]) => !listed.includes(name) && name !== "edges" && name !== "id"));
  return [...changed([], plain(before), plain(after)), ...listed.flatMap((name) => partOperations(name, before.root[name], after.root[name]))];
}

function partOperations(name: string, before: Json | undefined, after: Json | undefined): Operation[] {
  const [old, wanted] = [byId(before), byId(after)];
  const gone = [...old.keys()].filter((id) => !wanted.has(id)).map((id) => put([name, id], undefined));
  const made = [...wanted].filter(([id, part]) => !same(old.get(id), part)).map(([id, part]) => put([name, id], part));
  return [...gone, ...made];
}

function byId(list: Json | undefined): Map<string, JsonObject> {
  const parts = isList(list) ? list.filter(isObject) : [];
  return new Map(parts.flatMap((part) => (typeof part["id"] === "string" ? [[part["id"], part]] : [])));
}
