/** The graph of a run, live: the same cards as in the builder, to look at. */
import "@xyflow/react/dist/base.css";
import { Background, Controls, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, type ReactElement, useEffect, useMemo, useRef } from "react";
import { run as words } from "~/lib/strings/run";
import { useRun, useShown } from "../context.ts";
import "./canvas.css";
import { Card } from "./card.tsx";
import { edgesOf, nodesOf } from "./nodes.ts";
import { cardHeight, cardWidth, placesOf } from "./places.ts";
import { type Direction, walk } from "./walk.ts";

const nodeTypes = { card: Card };
const directions: Readonly<Record<string, Direction>> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const fitBelow = 60;
const attribution = { hideAttribution: false };

export function Canvas({ path, onOpen }: { path: ReadonlySet<string> | null; onOpen: () => void }): ReactElement {
  return (
    <ReactFlowProvider>
      <Graph path={path} onOpen={onOpen} />
    </ReactFlowProvider>
  );
}

function Graph({ path, onOpen }: { path: ReadonlySet<string> | null; onOpen: () => void }): ReactElement {
  const { detail, nameOf, selected, select } = useRun();
  const { state, revision } = useShown();
  const frame = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const { graph, children } = detail;
  const places = useMemo(() => (graph ? placesOf(graph) : new Map()), [graph]);
  const nodes = useMemo(() => nodesOf({ graph, ...(children ? { children } : {}) }, places, { selected, path }, nameOf), [graph, children, places, selected, path, nameOf]);
  // oxlint-disable-next-line react/exhaustive-deps -- the state is changed in place; its revision says when
  const edges = useMemo(() => edgesOf({ graph }, state, path), [graph, state, path, revision]);
  useFocusOn(frame, selected);
  const small = (graph?.nodes.length ?? 0) < fitBelow;
  const start = places.get(graph?.start_node ?? "") ?? { x: 0, y: 0 };

  const press = (event: KeyboardEvent): void => {
    const direction = directions[event.key];
    if (event.key === "Enter" && selected) onOpen();
    else if (direction && graph && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const next = walk(graph, places, selected ?? graph.start_node, direction);
      if (!next) return;
      select(next);
      const place = places.get(next);
      if (place) void flow.setCenter(place.x + cardWidth / 2, place.y + cardHeight / 2, { zoom: flow.getZoom(), duration: 120 });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={frame} className="run-canvas relative min-h-0 flex-1" onKeyDownCapture={press}>
      <p id="run-graph-help" className="sr-only">
        {words.graph.help}
      </p>
      <ReactFlow
        aria-label={words.graph.label}
        aria-describedby="run-graph-help"
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        onNodeClick={(_, node) => select(node.id)}
        onNodeDoubleClick={onOpen}
        onPaneClick={() => select(null)}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        onlyRenderVisibleElements={!small}
        minZoom={0.1}
        maxZoom={1.5}
        {...(small ? { fitView: true, fitViewOptions: { maxZoom: 1, padding: 0.15 } } : { defaultViewport: { x: 80 - start.x * 0.8, y: 240 - start.y * 0.8, zoom: 0.8 } })}
        proOptions={attribution}
      >
        <Background gap={16} />
        <Controls showInteractive={false} />
        {(graph?.nodes.length ?? 0) > 8 ? <MiniMap pannable zoomable ariaLabel={null} className="!hidden lg:!block" /> : null}
      </ReactFlow>
    </div>
  );
}

/** Focus follows the selection while it is on the canvas. */
function useFocusOn(frame: React.RefObject<HTMLDivElement | null>, selected: string | null): void {
  useEffect(() => {
    if (!selected || !frame.current?.contains(document.activeElement)) return;
    frame.current.querySelector<HTMLElement>(`[data-node="${CSS.escape(selected)}"]`)?.focus({ preventScroll: true });
  }, [frame, selected]);
}
