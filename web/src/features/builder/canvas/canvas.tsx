/** The graph of a workflow, to be looked at and changed by mouse, finger and keys. */
import { Background, BackgroundVariant, ConnectionLineType, MiniMap, Panel, ReactFlow, ReactFlowProvider, type Connection, SelectionMode } from "@xyflow/react";
import { type MouseEvent, type ReactElement, type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { CommandId } from "~/lib/commands";
import { type Handlers, useCommands } from "~/lib/keyboard";
import { builder as say } from "~/lib/strings/builder";
import { connect, type EditorView, type History, reconnect } from "../model/index.ts";
import { Card } from "./card.tsx";
import { CanvasContext } from "./canvas-context.ts";
import { CanvasTools } from "./canvas-tools.tsx";
import { DataWays } from "./data-ways.tsx";
import { EmptyCard } from "./empty-card.tsx";
import { FarWays } from "./far-ways.tsx";
import { type Cache, dragged, flowEdges, flowNodes, type FlowNode, type WayEdge } from "./flow.ts";
import { GroupBox } from "./group-box.tsx";
import { useLevel } from "./level.ts";
import { Note } from "./note.tsx";
import { type Hover, StepToolbar } from "./step-toolbar.tsx";
import { type CanvasApi, useCanvasApi } from "./use-canvas-api.ts";
import { type Dragging, useDrag } from "./use-drag.ts";
import { type Emphasis, useEmphasis } from "./use-emphasis.ts";
import { allowDrop, useDrop } from "./use-drop.ts";
import type { Pickers } from "./use-pickers.ts";
import { useSelection } from "./use-selection.ts";
import { useViewport, type ViewportParts } from "./use-viewport.ts";
import { useWalk } from "./use-walk.ts";
import { useWire } from "./use-wire.tsx";
import { Way } from "./way.tsx";
import "@xyflow/react/dist/base.css";
import { useStepMenu } from "../trials/step-menu.tsx";
import "./canvas.css";

const nodeTypes = { card: Card, note: Note, "group-box": GroupBox };
const edgeTypes = { way: Way };
const snap: [number, number] = [16, 16];
const ariaLabels = { "controls.ariaLabel": say.canvas.tools, "minimap.ariaLabel": say.canvas.minimap };
const several = ["Shift", "Meta", "Control"];
const buttons = [1, 2];

/** What never changes. */
const fixed = {
  nodeTypes,
  edgeTypes,
  "aria-label": say.canvas.label,
  "aria-describedby": "canvas-help",
  ariaLabelConfig: ariaLabels,
  onlyRenderVisibleElements: true,
  nodesFocusable: false,
  edgesFocusable: false,
  disableKeyboardA11y: true,
  deleteKeyCode: null,
  multiSelectionKeyCode: several,
  selectionKeyCode: "Shift",
  selectionMode: SelectionMode.Partial,
  panOnScroll: true,
  panActivationKeyCode: "Space",
  zoomOnDoubleClick: false,
  snapToGrid: true,
  snapGrid: snap,
  minZoom: 0.04,
  maxZoom: 1.5,
  connectionRadius: 32,
  connectionLineType: ConnectionLineType.SmoothStep,
  nodeDragThreshold: 2,
  elevateNodesOnSelect: false,
};

export interface CanvasProps extends EditorView {
  history: History;
  pickers: Pickers;
  handlers: Handlers;
  api: RefObject<CanvasApi | null>;
  onOpen: () => void;
  onTrigger: (type: "webhook" | "schedule") => void;
  onTemplate: () => void;
}

export function Canvas(props: CanvasProps): ReactElement {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

function Graph(props: CanvasProps): ReactElement {
  const { document, catalog, selection, dispatch, pickers, history } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [hand, setHand] = useState(false);
  const level = useLevel();
  const { nodes, lead } = useNodes(props);
  const drag = useDrag(document, catalog, nodes, dispatch);
  const viewport = useViewport(props.workflowId, document, catalog);
  useCanvasApi(props.api, frame, document, catalog);
  const press = useWalk({ document, catalog, selection, dispatch, lead, api: props.api });
  const handlers = useMemo((): Handlers => ({ ...viewport.handlers(selection), "tool.hand": () => setHand(true), "tool.select": () => setHand(false) }), [viewport, selection]);
  useCommands("canvas", handlers, frame);
  const run = (id: CommandId): void => (handlers[id] ?? props.handlers[id])?.(new KeyboardEvent("keydown"));
  const far = level === "far";
  const actions = useActions(props);
  const emphasis = useEmphasis(frame, document);
  const hover = useRef<Hover>(null);
  const menu = useStepMenu(run, props.handlers);
  return (
    <CanvasContext.Provider value={actions}>
      {/* The graph is one application: it takes the keys that its help names. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div ref={frame} className="builder-canvas relative size-full" data-hand={hand || undefined} onKeyDown={press} onDragOver={allowDrop} onDrop={useDrop(props)}>
        <p id="canvas-help" className="sr-only">
          {say.canvas.help}
        </p>
        <Flow canvas={props} nodes={nodes} lead={lead} drag={drag} viewport={viewport} hand={hand} far={far} emphasis={emphasis} hover={hover} onMenu={menu.open}>
          <MiniMap pannable zoomable ariaLabel={say.canvas.minimap} style={miniMap} nodeStrokeWidth={0} nodeColor={mapColour} maskColor="color-mix(in srgb, var(--canvas) 70%, transparent)" bgColor="var(--surface)" className={drag.places.size > 0 && nodes.length > 300 ? "hidden" : ""} />
          <Panel position="bottom-center">
            <CanvasTools hand={hand} undo={history.past.at(-1)?.label ?? null} redo={history.future.at(-1)?.label ?? null} run={run} />
          </Panel>
          {selection.nodes.length === 1 && lead !== null && !far ? <DataWays document={document} catalog={catalog} node={lead} /> : null}
          {far ? <FarWays document={document} catalog={catalog} /> : null}
          {drag.places.size > 0 || far ? null : <StepToolbar canvas={props} run={run} hover={hover} />}
        </Flow>
        {menu.element}
        {Object.keys(document.nodes).length > 0 ? null : <EmptyCard chosen={triggersOf(document)} onFirst={(at) => pickers.pick({ kind: "free", parent: null, at: { x: 0, y: 0 } }, at)} onTrigger={props.onTrigger} onTemplate={props.onTemplate} />}
      </div>
    </CanvasContext.Provider>
  );
}

interface FlowProps {
  canvas: CanvasProps;
  nodes: FlowNode[];
  lead: string | null;
  drag: Dragging;
  viewport: ViewportParts;
  hand: boolean;
  far: boolean;
  emphasis: Emphasis;
  hover: RefObject<Hover | null>;
  onMenu: (event: MouseEvent) => void;
  children: ReactNode;
}

/** React Flow with everything that it is told. */
function Flow({ canvas, nodes, lead, drag, viewport, hand, far, emphasis, hover, onMenu, children }: FlowProps): ReactElement {
  const { document, catalog, selection, dispatch, pickers } = canvas;
  const shown = useMemo(() => dragged(nodes, drag.places), [nodes, drag.places]);
  const edges = useMemo(() => (far ? none : flowEdges(document, catalog, selection)), [far, document, catalog, selection]);
  const chosen = useSelection(selection, dispatch);
  const wire = useWire(document, dispatch, pickers);
  return (
    <ReactFlow<FlowNode, WayEdge>
      {...fixed}
      nodes={shown}
      edges={edges}
      onNodesChange={(changes) => {
        drag.onChanges(changes);
        chosen.onNodes(changes);
      }}
      onEdgesChange={chosen.onEdges}
      onNodeDragStop={drag.onStop}
      onSelectionDragStop={drag.onStop}
      onConnect={(way: Connection) => dispatch({ type: "edit", edit: connect(way.source, way.sourceHandle ?? "out", way.target) })}
      onConnectEnd={wire.onEnd}
      isValidConnection={wire.isValid}
      onReconnect={(edge, way) => dispatch({ type: "edit", edit: reconnect(edge.id, way.source, way.sourceHandle ?? "out", way.target) })}
      onNodeClick={(event, node) => (node.type === "card" ? (event.currentTarget as HTMLElement).focus({ preventScroll: true }) : undefined)}
      onNodeDoubleClick={(_, node) => (node.type === "card" ? canvas.onOpen() : undefined)}
      onNodeMouseEnter={(event, node) => {
        emphasis.onEnter(event, node);
        if (node.type === "card") hover.current?.enter(node.id);
      }}
      onNodeMouseLeave={() => {
        emphasis.onLeave();
        hover.current?.leave();
      }}
      onNodeContextMenu={(event, node) => {
        if (node.type !== "card") return;
        if (!selection.nodes.includes(node.id)) dispatch({ type: "select", selection: { nodes: [node.id] } });
        onMenu(event);
      }}
      onMove={viewport.onMove}
      onMoveEnd={viewport.onMoveEnd}
      defaultViewport={viewport.initial}
      onInit={viewport.onInit}
      tabIndex={lead === null ? 0 : -1}
      selectionOnDrag={!hand}
      panOnDrag={hand ? true : buttons}
    >
      <Background variant={BackgroundVariant.Dots} gap={16} size={1} color="var(--line)" />
      {wire.ghost}
      {children}
    </ReactFlow>
  );
}

const none: WayEdge[] = [];
const mapColour = (node: FlowNode): string => (node.type === "card" ? "var(--edge)" : node.type === "note" ? "var(--warning-soft)" : "transparent");
/** Above the tools, which come close where both panels are open. */
const miniMap = { width: 180, height: 120, bottom: 56 };

function useNodes({ document, catalog, problems, selection, pinned }: CanvasProps): { nodes: FlowNode[]; lead: string | null } {
  const [cache] = useState((): Cache => new Map());
  const lead = selection.nodes.at(-1) ?? null;
  const nodes = useMemo(() => flowNodes({ document, catalog, problems, selection, pinned, lead }, cache), [document, catalog, problems, selection, pinned, lead, cache]);
  return { nodes, lead };
}

function useActions({ dispatch, pickers, onOpen }: CanvasProps): React.ContextType<typeof CanvasContext> {
  const { pick, insertOn } = pickers;
  const latest = useRef({ pick, insertOn, onOpen });
  useEffect(() => {
    latest.current = { pick, insertOn, onOpen };
  });
  return useMemo(
    () => ({
      dispatch,
      pick: (spot, at) => latest.current.pick(spot, at),
      insertOn: (edge, at) => latest.current.insertOn(edge, at),
      openStep: () => latest.current.onOpen(),
    }),
    [dispatch],
  );
}

function triggersOf(document: CanvasProps["document"]): string[] {
  const { triggers } = document.root as { triggers?: readonly { type?: string }[] };
  return (triggers ?? []).map((trigger) => trigger.type ?? "");
}
