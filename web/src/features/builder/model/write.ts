/** A document becomes the definition that the API, files and templates know. */
import { type DocNode, type Document, type NodeKey, ranked } from "./document.ts";
import { asObject, isObject, type Json, type JsonObject } from "./json.ts";

export function write(document: Document): JsonObject {
  const scopes = byParent(document);
  const nodes = (scopes.get(null)?.nodes ?? []).map((node) => writeNode(node, scopes));
  const edges = scopes.get(null)?.edges ?? [];
  const { edges: mark, ...rest } = document.root;
  return { ...rest, nodes, ...(edges.length > 0 || mark !== undefined ? { edges } : {}) };
}

/** One node as it is written, with its body. */
export function writeOne(document: Document, key: NodeKey): JsonObject {
  const node = document.nodes[key];
  return node === undefined ? {} : writeNode(node, byParent(document));
}

interface Scope {
  readonly nodes: DocNode[];
  readonly edges: Json[];
}

function byParent(document: Document): Map<NodeKey | null, Scope> {
  const scopes = new Map<NodeKey | null, Scope>();
  const scope = (parent: NodeKey | null): Scope => {
    const found = scopes.get(parent) ?? { nodes: [], edges: [] };
    scopes.set(parent, found);
    return found;
  };
  for (const node of ranked(document.nodes)) scope(node.parent).nodes.push(node);
  for (const edge of ranked(document.edges)) scope(edge.parent).edges.push(edge.spec);
  return scopes;
}

function writeNode(node: DocNode, scopes: ReadonlyMap<NodeKey | null, Scope>): JsonObject {
  const config = asObject(node.spec["config"]);
  const body = config["body"];
  const inner = scopes.get(node.key);
  if (!isObject(body) || (inner === undefined && !("nodes" in body))) return node.spec;
  const nodes = (inner?.nodes ?? []).map((each) => writeNode(each, scopes));
  const edges = inner?.edges ?? [];
  const marked = "edges" in body || edges.length > 0;
  return { ...node.spec, config: { ...config, body: { ...body, nodes, ...(marked ? { edges } : {}) } } };
}
