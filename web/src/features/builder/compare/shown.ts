/** The document of a comparison as it is drawn: no body is folded in which something is different. */
import { type Difference, type Document, layoutOf, type NodeKey } from "../model/index.ts";

export function shownWith({ union, nodes, edges }: Difference): Document {
  const around = new Set<NodeKey>();
  const open = (parent: NodeKey | null | undefined): void => {
    for (let key = parent ?? null; key !== null; key = union.nodes[key]?.parent ?? null) around.add(key);
  };
  for (const key of nodes.keys()) open(union.nodes[key]?.parent);
  for (const key of edges.keys()) open(union.edges[key]?.parent);
  if (around.size === 0) return union;
  const drawn = layoutOf(union, "nodes");
  const opened = Object.fromEntries([...around].map((key) => [key, { ...(drawn[key] as object | undefined), collapsed: false }]));
  const layout = { ...(union.root["layout"] as object | undefined), nodes: { ...drawn, ...opened } };
  return { ...union, root: { ...union.root, layout } };
}
