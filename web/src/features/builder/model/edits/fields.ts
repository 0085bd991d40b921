/** Edits of what stands in a node, in an edge and in the workflow. */
import { builder as say } from "~/lib/strings/builder.ts";
import { type Document, type NodeKey, titleOf } from "../document.ts";
import type { Json, Path } from "../json.ts";
import { type Edit, edit } from "../recorder.ts";

function named(document: Document, key: NodeKey): string {
  const node = document.nodes[key];
  return node === undefined ? key : titleOf(node);
}

/** Puts a value at a path within a node's spec (`["config", "params", "text"]`); undefined takes it out. */
export function setField(key: NodeKey, path: Path, value: Json | undefined): Edit {
  return (document) => {
    if (document.nodes[key] === undefined) return null;
    const label = say.labels.field(path.at(-1) ?? "", named(document, key));
    const coalesce = `field ${key} ${path.join("/")}`;
    return edit(label, (record) => {
      record.set(["nodes", key, "spec", ...path], value);
      return { coalesce };
    })(document);
  };
}

export function rename(key: NodeKey, name: string): Edit {
  return (document) => {
    if (document.nodes[key] === undefined) return null;
    const value = name.trim() === "" ? undefined : name;
    return edit(say.labels.rename(named(document, key)), (record) => {
      record.set(["nodes", key, "spec", "name"], value);
      return { coalesce: `name ${key}` };
    })(document);
  };
}

/** Puts a value at a path of the workflow itself, outside nodes and edges: `["name"]`, `["settings", "timeout"]`. */
export function setRoot(path: Path, value: Json | undefined): Edit {
  return edit(say.labels.root(path.join(" ")), (record) => {
    record.set(["root", ...path], value);
    return { coalesce: `root ${path.join("/")}` };
  });
}

/** Makes a node the one with which its scope starts. */
export function setStart(key: NodeKey): Edit {
  return (document) => {
    const node = document.nodes[key];
    return node === undefined ? null : edit(say.labels.start(titleOf(node)), (record) => record.set(startPath(node.parent), node.spec.id))(document);
  };
}

export function startPath(parent: NodeKey | null): Path {
  return parent === null ? ["root", "startNode"] : ["nodes", parent, "spec", "config", "body", "startNode"];
}
