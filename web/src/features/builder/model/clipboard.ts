/** Steps as text: YAML that can be pasted into another tab, another workflow or a mail, and the way back. */
import { builder as say } from "~/lib/strings/builder.ts";
import { parse, stringify } from "yaml";
import { configOf, type DocNode, type Document, type NodeKey, type Point } from "./document.ts";
import { graphOf } from "./graph.ts";
import { asObject, asText, isList, isObject, type Json, type JsonObject } from "./json.ts";
import { placeOf } from "./places.ts";
import { without } from "./read.ts";
import { writeOne } from "./write.ts";

/** What a text holds. */
export interface Clip {
  readonly nodes: readonly JsonObject[];
  readonly edges: readonly JsonObject[];
  /** Ways into these nodes from others, which a paste with incoming edges makes again. */
  readonly incoming: readonly JsonObject[];
  readonly agents: readonly JsonObject[];
}

/** The text of some nodes of one scope, with the edges between them and the agents they name. */
export function copied(document: Document, keys: readonly NodeKey[]): string {
  const first = document.nodes[keys[0] ?? ""];
  const nodes = keys.map((key) => document.nodes[key]).filter((node): node is DocNode => node !== undefined && node.parent === first?.parent);
  const inside = new Set(nodes.map((node) => node.key));
  const links = graphOf(document).links.filter((link) => inside.has(link.target));
  const clip: Clip = {
    nodes: nodes.map((node) => ({ ...without(writeOne(document, node.key), ["position"]), ...placed(document, node) })),
    edges: links.filter((link) => inside.has(link.source)).map((link) => link.edge.spec),
    incoming: links.filter((link) => !inside.has(link.source)).map((link) => link.edge.spec),
    agents: agentsOf(document, nodes),
  };
  const told = Object.fromEntries(Object.entries(clip).filter(([name, list]) => name === "nodes" || list.length > 0));
  return stringify({ "tenuto/steps": 1, ...told }, { lineWidth: 120 });
}

function placed(document: Document, node: DocNode): { position?: JsonObject } {
  const place: Point | undefined = placeOf(document, node);
  return place === undefined ? {} : { position: { x: place.x, y: place.y } };
}

function agentsOf(document: Document, nodes: readonly DocNode[]): JsonObject[] {
  const named = new Set(nodes.map((node) => configOf(node)["agent"]));
  const agents = document.root["agents"];
  return isList(agents) ? agents.filter(isObject).filter((agent) => named.has(agent["id"])) : [];
}

/** What a text holds, or why it holds no steps. Whole workflows are steps too. */
export function readClip(text: string): Clip | string {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch {
    return say.clipboard.unreadable;
  }
  if (!isObject(value) || !isList(value["nodes"])) return say.clipboard.noSteps;
  const nodes = value["nodes"].filter(isObject).filter((node) => asText(node["id"]) !== undefined && asText(node["type"]) !== undefined);
  if (nodes.length === 0) return say.clipboard.noSteps;
  const places = asObject(asObject(value["layout"])["nodes"]);
  const drawn = nodes.map((node) => Object.assign(position(places[asText(node["id"]) ?? ""]), node));
  return { nodes: drawn, edges: objects(value["edges"]), incoming: objects(value["incoming"]), agents: objects(value["agents"]) };
}

function position(place: Json | undefined): JsonObject {
  return isObject(place) ? { position: { x: place["x"], y: place["y"] } } : {};
}

function objects(value: Json | undefined): JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}

/** The value with every expression that names an old id naming the new one. */
export function renamed(value: Json | undefined, ids: ReadonlyMap<string, string>): Json | undefined {
  if (typeof value === "string") return value.includes("{{") ? value.replaceAll(/\{\{.*?\}\}/gs, (part) => inExpression(part, ids)) : value;
  if (isList(value)) return value.map((item) => renamed(item, ids) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, renamed(item, ids)]));
}

function inExpression(part: string, ids: ReadonlyMap<string, string>): string {
  return part
    .replaceAll(/\bnodes\.([A-Za-z_]\w*)/g, (whole, id: string) => (ids.has(id) ? `nodes.${ids.get(id)}` : whole))
    .replaceAll(/\bnodes\[(["'])(.*?)\1\]/g, (whole, quote: string, id: string) => (ids.has(id) ? `nodes[${quote}${ids.get(id)}${quote}]` : whole));
}
