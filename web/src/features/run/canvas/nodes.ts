/** The graph of a run as React Flow takes it: sizes and ports are declared, nothing is measured, and how steps stand is not in here. */
import type { ExecutionDetail, ExecutionState } from "@tenuto/react/core";
import { type Edge, type Node, Position } from "@xyflow/react";
import { run as words } from "~/lib/strings/run";
import { type Place, cardHeight, cardWidth } from "./places.ts";

export type CardNode = Node<{ kind: string; items: string | null; critical: boolean; faint: boolean }, "card">;

const ports = [
  { type: "target" as const, position: Position.Left, x: -4, y: cardHeight / 2 - 4, width: 8, height: 8 },
  { type: "source" as const, position: Position.Right, x: cardWidth - 4, y: cardHeight / 2 - 4, width: 8, height: 8 },
];

export interface Emphasis {
  readonly selected: string | null;
  readonly path: ReadonlySet<string> | null;
}

export function nodesOf({ graph, children = {} }: Pick<ExecutionDetail, "graph" | "children">, places: ReadonlyMap<string, Place>, { selected, path }: Emphasis, nameOf: (node: string) => string): CardNode[] {
  return (graph?.nodes ?? []).map(({ id, type }) => {
    const counts = children[id];
    return {
      id,
      type: "card",
      position: places.get(id) ?? { x: 0, y: 0 },
      width: cardWidth,
      height: cardHeight,
      handles: ports,
      selected: id === selected,
      draggable: false,
      connectable: false,
      ariaRole: "group",
      domAttributes: { tabIndex: id === (selected ?? graph?.start_node) ? 0 : -1, "aria-label": nameOf(id), "data-node": id } as NonNullable<Node["domAttributes"]>,
      data: {
        kind: type,
        items: counts ? words.iterations.of(counts.completed + counts.failed + counts.cancelled, counts.total, counts.failed) : null,
        critical: path?.has(id) ?? false,
        faint: path !== null && !path.has(id),
      },
    };
  });
}

/** Edges say what fired: plain before, with a check after, dotted where a branch was not taken. */
export function edgesOf({ graph }: Pick<ExecutionDetail, "graph">, state: Pick<ExecutionState, "nodes">, path: ReadonlySet<string> | null): Edge[] {
  return (graph?.edges ?? []).map(({ from, port = "out", to }) => {
    const node = state.nodes.get(from);
    const decided = node !== undefined && (node.status === "skipped" || ["completed", "failed"].includes(node.status));
    const fired = decided && node.status !== "skipped" && node.port === port;
    const name = port === "out" ? "" : port;
    const mark = !decided || name === "" ? "" : fired ? "✓" : "–";
    const onPath = path !== null && path.has(from) && path.has(to);
    return {
      id: `${from}\u0000${port}\u0000${to}`,
      source: from,
      target: to,
      type: "smoothstep",
      focusable: false,
      className: onPath ? "run-edge-path" : fired ? "run-edge-fired" : decided ? "run-edge-not" : "run-edge",
      ...(name || mark ? { label: [mark, name].filter(Boolean).join(" ") } : {}),
    };
  });
}
