/** Which outputs of other steps a step reads: the data that flows beside the ways. */
import { type DocNode, type Document, type NodeKey, nodeKey } from "./document.ts";

export interface Reference {
  readonly source: NodeKey;
  /** What is read of it: `output.summary`. */
  readonly path: string;
}

const mentioned = /\bnodes(?:\.([A-Za-z_]\w*)|\[(?:"|')(.*?)(?:"|')\])((?:\.[A-Za-z_]\w*)*)/g;

/** Each source and path once, in the order in which they stand; a name means the nearest step that has it. */
export function referencesOf(document: Document, node: DocNode): Reference[] {
  const found = new Map<string, Reference>();
  for (const text of texts(node.spec["config"])) {
    for (const [, plain, quoted, path = ""] of text.matchAll(mentioned)) {
      const source = resolved(document, node, plain ?? quoted ?? "");
      if (source !== undefined) found.set(`${source} ${path}`, { source, path: path.slice(1) });
    }
  }
  return [...found.values()];
}

function resolved(document: Document, node: DocNode, id: string): NodeKey | undefined {
  for (let parent = node.parent; ; parent = document.nodes[parent]?.parent ?? null) {
    const key = nodeKey(parent, id);
    if (document.nodes[key] !== undefined) return key;
    if (parent === null) return undefined;
  }
}

/** The texts of a config that hold expressions; code and conditions may be written without braces. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return value.includes("nodes") ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}
