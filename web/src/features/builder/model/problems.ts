/** What validation found, by the step it concerns. */
import { type Document, type NodeKey, ranked } from "./document.ts";

/** An issue as the API sends it. */
export interface Issue {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly fix?: string | null;
  readonly severity?: string;
}

export interface Problem {
  readonly issue: Issue;
  readonly severe: boolean;
  /** The step; null where it is of the workflow itself. */
  readonly node: NodeKey | null;
  /** Within the step's spec, or within the workflow. */
  readonly path: readonly string[];
}

/** Issues placed in the document: pointers name nodes by their number in the written definition. */
export function placed(document: Document, issues: readonly Issue[]): Problem[] {
  return issues.map((issue) => ({ issue, severe: (issue.severity ?? "error") === "error", ...where(document, tokens(issue.pointer)) }));
}

function tokens(pointer: string): string[] {
  return pointer.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function where(document: Document, given: readonly string[]): { node: NodeKey | null; path: readonly string[] } {
  let parent: NodeKey | null = null;
  let path = given;
  for (;;) {
    const found: NodeKey | undefined = path[0] === "nodes" ? nodeAt(document, parent, Number(path[1])) : edgeSource(document, parent, path);
    if (found === undefined) return { node: parent, path };
    parent = found;
    path = path[0] === "nodes" ? path.slice(2) : [];
    if (path[0] !== "config" || path[1] !== "body" || path.length < 4) return { node: parent, path };
    path = path.slice(2);
  }
}

function nodeAt(document: Document, parent: NodeKey | null, index: number): NodeKey | undefined {
  return ranked(document.nodes).filter((node) => node.parent === parent)[index]?.key;
}

/** A problem of an edge is shown at the step from which it comes. */
function edgeSource(document: Document, parent: NodeKey | null, path: readonly string[]): NodeKey | undefined {
  if (path[0] !== "edges") return undefined;
  const edge = ranked(document.edges).filter((each) => each.parent === parent)[Number(path[1])];
  const node = ranked(document.nodes).find((each) => each.parent === parent && each.spec.id === edge?.spec.from);
  return node?.key;
}
