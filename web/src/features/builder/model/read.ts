/** A definition as the API writes it becomes a document; what older clients read beside it is dropped. */
import { type DocEdge, type DocNode, type Document, type EdgeSpec, type NodeKey, type NodeSpec, nodeKey } from "./document.ts";
import { asObject, asText, isList, isObject, type Json, type JsonObject, same } from "./json.ts";

interface Tables {
  readonly nodes: Record<string, DocNode>;
  readonly edges: Record<string, DocEdge>;
}

const stamps = ["created", "updated"];
const echoesOfConfig = ["integrationType", "outputVariable", "inputVariable", "transformation"];

export function read(definition: JsonObject): Document {
  const tables: Tables = { nodes: {}, edges: {} };
  const today = withoutEchoes(definition);
  const rest = without(today, [...stamps, "nodes"]);
  const root = takeScope(tables, null, today, rest);
  return { root, ...tables };
}

/** Puts the nodes and edges of a scope into the tables; `rest` comes back with marks for lists that were written but are empty. */
function takeScope(tables: Tables, parent: NodeKey | null, scope: JsonObject, rest: JsonObject): JsonObject {
  const nodes = isList(scope["nodes"]) ? scope["nodes"] : [];
  for (const item of nodes) {
    if (isObject(item)) takeNode(tables, parent, item);
  }
  const edges = isList(scope["edges"]) ? scope["edges"] : edgesOfOlder(nodes);
  for (const item of edges) {
    if (isObject(item)) addEdge(tables.edges, parent, item);
  }
  return isList(rest["edges"]) ? { ...rest, edges: [] } : rest;
}

function takeNode(tables: Tables, parent: NodeKey | null, given: JsonObject): void {
  const id = asText(given["id"]) ?? "";
  const key = free(tables.nodes, nodeKey(parent, id));
  const older = without(given, ["nextNodes"]);
  const spec: NodeSpec = { ...older, id, type: asText(given["type"]) ?? "" };
  tables.nodes[key] = { key, parent, rank: Object.keys(tables.nodes).length, spec };
  const config = asObject(spec["config"]);
  const body = config["body"];
  if ((spec.type !== "map" && spec.type !== "loop") || !isObject(body) || !isList(body["nodes"])) return;
  const kept = takeScope(tables, key, body, { ...body, nodes: [] });
  tables.nodes[key] = { ...tables.nodes[key], spec: { ...spec, config: { ...config, body: kept } } } as DocNode;
}

function addEdge(edges: Record<string, DocEdge>, parent: NodeKey | null, given: JsonObject): void {
  const spec: EdgeSpec = { ...given, from: asText(given["from"]) ?? "", to: asText(given["to"]) ?? "" };
  const key = free(edges, edgeKey(parent, spec));
  edges[key] = { key, parent, rank: Object.keys(edges).length, spec };
}

export function edgeKey(parent: NodeKey | null, spec: EdgeSpec): string {
  return JSON.stringify([parent ?? "", spec.from, spec["port"] ?? "out", spec.to]);
}

export function free(table: Readonly<Record<string, unknown>>, wanted: string): string {
  if (!Object.hasOwn(table, wanted)) return wanted;
  let number = 2;
  while (Object.hasOwn(table, `${wanted}#${number}`)) number += 1;
  return `${wanted}#${number}`;
}

/** Edges of a document that has only `nextNodes`; those of a condition are its true and its false way. */
function edgesOfOlder(nodes: readonly Json[]): JsonObject[] {
  return nodes.filter(isObject).flatMap((node) => {
    const next = isList(node["nextNodes"]) ? node["nextNodes"] : [];
    const ports = node["type"] === "condition" ? ["true", "false"] : [];
    return next.flatMap((to, index): JsonObject[] => {
      if (typeof to !== "string" || to === "") return [];
      const port = ports[index];
      return [{ from: asText(node["id"]) ?? "", ...(port === undefined ? {} : { port }), to }];
    });
  });
}

/** An answer of the API has the fields of older clients beside today's where there are edges; nothing is lost with them. */
function withoutEchoes(definition: JsonObject): JsonObject {
  if (!isList(definition["edges"]) || !isList(definition["nodes"])) return definition;
  const agents = isList(definition["agents"]) ? definition["agents"].filter(isObject) : [];
  const placed = asObject(asObject(definition["layout"])["nodes"]);
  return { ...definition, nodes: definition["nodes"].map((node) => (isObject(node) ? bareNode(node, agents, placed) : node)) };
}

function bareNode(node: JsonObject, agents: readonly JsonObject[], placed: JsonObject): JsonObject {
  const config = asObject(node["config"]);
  const echo = agents.some((agent) => same(agent, node["agent"]) && agent["id"] === config["agent"]);
  const drawn = isObject(placed[asText(node["id"]) ?? ""]);
  const kept = without(node, ["nextNodes", ...(echo ? ["agent"] : []), ...(drawn ? ["position"] : [])]);
  if (!("nextNodes" in node) || !isObject(node["config"])) return kept;
  const said = echoesOfConfig.filter((name) => isEcho(name, node, config));
  return said.length === 0 ? kept : { ...kept, config: without(config, said) };
}

function isEcho(name: string, node: JsonObject, config: JsonObject): boolean {
  if (name === "integrationType") return config["integration"] === config[name];
  if (name === "outputVariable") return node["output_variable"] === config[name];
  return name in config && "value" in config;
}

export function without(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
