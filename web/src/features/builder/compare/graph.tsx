/** Both states as one graph: what is there, with what was added, removed, changed and moved. */
import { Background, BackgroundVariant, Controls, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import { builder as words } from "~/lib/strings/builder";
import { versions as say } from "~/lib/strings/versions";
import { type Cache, flowEdges, flowNodes, type FlowNode } from "../canvas/flow.ts";
import { noteZoom, useLevel } from "../canvas/level.ts";
import { motion } from "../canvas/use-viewport.ts";
import { absolute, around, type Box, type Catalog, type Difference, type Document, nodeKey, selected, startOf } from "../model/index.ts";
import { CompareCard } from "./card.tsx";
import { markLooks, MarksContext } from "./marks.ts";
import { shownWith } from "./shown.ts";
import { StillGroup, StillNote } from "./still.tsx";
import { type CompareEdge, CompareWay } from "./way.tsx";
import "@xyflow/react/dist/base.css";
import "../canvas/canvas.css";

const nodeTypes = { card: CompareCard, note: StillNote, "group-box": StillGroup };
const edgeTypes = { compared: CompareWay };
const fitsBelow = 60;

export interface CompareGraphProps {
  difference: Difference;
  catalog: Catalog;
  /** The name of a change, or that which one of a step that is the same would have. */
  chosen: string | null;
  onChoose: (part: { readonly id: string }) => void;
}

export function CompareGraph(props: CompareGraphProps): ReactElement {
  return (
    <ReactFlowProvider>
      <MarksContext value={props.difference.nodes}>
        <Graph {...props} />
      </MarksContext>
    </ReactFlowProvider>
  );
}

function Graph({ difference, catalog, chosen, onChoose }: CompareGraphProps): ReactElement {
  const level = useLevel();
  const document = useMemo(() => shownWith(difference), [difference]);
  const nodes = useNodes(document, catalog, difference, chosen);
  const edges = useMemo(() => edgesOf(document, catalog, difference, chosen, level !== "far"), [document, catalog, difference, chosen, level]);
  useJump(document, catalog, chosen);
  return (
    <div className="builder-canvas relative size-full">
      <p id="compare-help" className="sr-only">
        {say.compare.help}
      </p>
      <ReactFlow<FlowNode, CompareEdge>
        aria-label={say.compare.graph}
        aria-describedby="compare-help"
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodes={nodes}
        edges={edges}
        onNodeClick={(_, node) => (node.type === "card" ? onChoose({ id: `step ${node.id}` }) : undefined)}
        onEdgeClick={(_, edge) => (difference.edges.has(edge.id) ? onChoose({ id: `way ${edge.id}` }) : undefined)}
        onMove={(_, { zoom }) => noteZoom(zoom)}
        onInit={(flow) => noteZoom(flow.getZoom())}
        onlyRenderVisibleElements={nodes.length > fitsBelow}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        panOnScroll
        minZoom={0.04}
        maxZoom={1.5}
        {...(nodes.length < fitsBelow ? { fitView: true, fitViewOptions: { maxZoom: 1, padding: 0.15 } } : { defaultViewport: first(document, catalog) })}
      >
        <Background variant={BackgroundVariant.Dots} gap={16} size={1} color="var(--line)" />
        <Controls showInteractive={false} aria-label={words.canvas.tools} />
        <MiniMap pannable zoomable ariaLabel={words.canvas.minimap} nodeStrokeWidth={0} nodeColor={(node: FlowNode) => colourOf(node, difference)} maskColor="color-mix(in srgb, var(--canvas) 70%, transparent)" bgColor="var(--surface)" className="!hidden lg:!block" />
      </ReactFlow>
    </div>
  );
}

function colourOf(node: FlowNode, difference: Difference): string {
  const mark = difference.nodes.get(node.id);
  return mark === undefined ? (node.type === "card" ? "var(--edge)" : "transparent") : markLooks[mark].stroke;
}

/** What is pinned is no part of any version. */
const none: ReadonlySet<string> = new Set();

function useNodes(document: Document, catalog: Catalog, difference: Difference, chosen: string | null): FlowNode[] {
  const [cache] = useState((): Cache => new Map());
  const key = keyOf(chosen, "step");
  return useMemo(() => {
    const drawn = flowNodes({ document, catalog, problems: [], pinned: none, selection: selected({ nodes: key === null ? [] : [key] }), lead: null }, cache);
    return drawn.map((node): FlowNode => {
      const mark = difference.nodes.get(node.id);
      return mark === undefined ? node : ({ ...node, ariaLabel: `${node.ariaLabel ?? ""}, ${say.mark[mark]}` } as FlowNode);
    });
  }, [document, catalog, difference, key, cache]);
}

function edgesOf(document: Document, catalog: Catalog, difference: Difference, chosen: string | null, worded: boolean): CompareEdge[] {
  return flowEdges(document, catalog, selected({})).map(({ id, source, sourceHandle, target, targetHandle }) => ({
    id,
    type: "compared",
    source,
    sourceHandle: sourceHandle ?? null,
    target,
    targetHandle: targetHandle ?? null,
    data: { mark: difference.edges.get(id), chosen: keyOf(chosen, "way") === id, worded },
  }));
}

/** Brings what is chosen into the middle. */
function useJump(document: Document, catalog: Catalog, chosen: string | null): void {
  const flow = useReactFlow();
  useEffect(() => {
    const box = chosen === null ? undefined : boxOf(document, catalog, chosen);
    if (box === undefined) return;
    const zoom = Math.min(1, Math.max(0.6, flow.getZoom()));
    void flow.setCenter(box.x + box.width / 2, box.y + Math.min(box.height, 200) / 2, { zoom, ...motion() });
  }, [flow, document, catalog, chosen]);
}

function boxOf(document: Document, catalog: Catalog, chosen: string): Box | undefined {
  const step = keyOf(chosen, "step");
  if (step !== null) return absolute(document, catalog, step);
  const edge = document.edges[keyOf(chosen, "way") ?? ""];
  if (edge === undefined) return undefined;
  return around([edge.spec.from, edge.spec.to].flatMap((id) => absolute(document, catalog, nodeKey(edge.parent, id)) ?? []));
}

/** The key in a name such as `step each/send`; null where it names a part of another kind. */
function keyOf(chosen: string | null, kind: "step" | "way"): string | null {
  return chosen?.startsWith(`${kind} `) === true ? chosen.slice(kind.length + 1) : null;
}

/** The start at 80 %, left of the middle. */
function first(document: Document, catalog: Catalog): { x: number; y: number; zoom: number } {
  const zoom = 0.8;
  const box = absolute(document, catalog, nodeKey(null, startOf(document, null) ?? ""));
  return { x: 80 - (box?.x ?? 0) * zoom, y: 240 - (box?.y ?? 0) * zoom, zoom };
}
