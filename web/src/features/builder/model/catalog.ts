/** What workflows can be built of, indexed for the builder: kinds, actions, ports, effects. */
import { configOf, type DocNode } from "./document.ts";
import { asText, isList, isObject, type JsonObject } from "./json.ts";

export interface KindView {
  readonly type: string;
  readonly name: string;
  readonly doc: string;
  readonly ports: readonly string[];
  readonly pure: boolean;
  readonly config: JsonObject;
  readonly example: JsonObject;
}

export interface ActionView {
  readonly key: string;
  readonly doc: string;
  readonly effect: string;
  readonly scopes: readonly string[];
  readonly verifiable: boolean;
  readonly params: JsonObject;
  readonly result: JsonObject;
  readonly example: JsonObject;
}

export interface ConnectorView {
  readonly key: string;
  readonly name: string;
  readonly doc: string;
  readonly actions: readonly ActionView[];
}

/** The part of the catalog's answer that the builder reads. */
export interface CatalogData {
  readonly kinds: readonly KindView[];
  readonly connectors: readonly ConnectorView[];
  readonly node: JsonObject;
}

export interface Catalog {
  readonly data: CatalogData;
  readonly kinds: ReadonlyMap<string, KindView>;
  readonly connectors: ReadonlyMap<string, ConnectorView>;
}

export const noCatalog: Catalog = indexed({ kinds: [], connectors: [], node: {} });

export function indexed(data: CatalogData): Catalog {
  const kinds = new Map(data.kinds.map((kind) => [kind.type, kind]));
  const connectors = new Map(data.connectors.map((connector) => [connector.key, connector]));
  return { data, kinds, connectors };
}

/** The action of an integration node, where it is installed. */
export function actionOf(node: DocNode, catalog: Catalog): ActionView | undefined {
  const config = configOf(node);
  const connector = catalog.connectors.get(asText(config["integration"]) ?? "");
  return connector?.actions.find((action) => action.key === config["action"]);
}

export function connectorOf(node: DocNode, catalog: Catalog): ConnectorView | undefined {
  return catalog.connectors.get(asText(configOf(node)["integration"]) ?? "");
}

/** The schema of a node's own fields: of the action's parameters at `["config", "params"]`, else of its kind at `["config"]`. */
export function schemaOf(node: DocNode, catalog: Catalog): { readonly schema: JsonObject; readonly path: readonly string[] } {
  const action = actionOf(node, catalog);
  if (action !== undefined) return { schema: action.params, path: ["config", "params"] };
  return { schema: catalog.kinds.get(node.spec.type)?.config ?? {}, path: ["config"] };
}

const known: Readonly<Record<string, readonly string[]>> = {
  condition: ["true", "false"],
  approval: ["approved", "rejected", "expired"],
  wait: ["out", "expired"],
  end: [],
};

/** The ports of a node in their order; `error` is last where its errors go that way. */
export function portsOf(node: DocNode, catalog: Catalog): readonly string[] {
  const own = node.spec.type === "switch" ? casePorts(node) : (catalog.kinds.get(node.spec.type)?.ports ?? known[node.spec.type] ?? ["out"]);
  return node.spec["on_error"] === "port" ? [...own, "error"] : own;
}

function casePorts(node: DocNode): readonly string[] {
  const cases = configOf(node)["cases"];
  const named = isList(cases) ? cases.filter(isObject).flatMap((each) => asText(each["port"]) ?? []) : [];
  return [...new Set([...named, "default"])];
}

export function effectOf(node: DocNode, catalog: Catalog): string {
  const action = actionOf(node, catalog);
  if (action !== undefined) return action.effect;
  if (node.spec.type === "http") return asText(configOf(node)["effect"]) ?? (configOf(node)["method"] === "GET" ? "read" : "write");
  return "pure";
}

/** The first field that has to be filled in and is not. */
export function firstRequired(node: DocNode, catalog: Catalog): readonly string[] {
  const { schema, path } = schemaOf(node, catalog);
  const required = isList(schema["required"]) ? schema["required"] : [];
  const values = path.length === 2 ? configOf(node)["params"] : configOf(node);
  const open = required.find((name) => typeof name === "string" && name !== "body" && !(isObject(values) && name in values));
  return typeof open === "string" ? [...path, open] : path;
}
