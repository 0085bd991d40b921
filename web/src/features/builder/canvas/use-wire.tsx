/** A way that is being drawn: where it may end, and what happens where it is let go over nothing. */
import { getSmoothStepPath, type FinalConnectionState, type IsValidConnection, type OnConnectEnd, Position, useReactFlow, ViewportPortal } from "@xyflow/react";
import { type ReactElement, useCallback } from "react";
import { connect, type Dispatch, type Document, type Point, refusal } from "../model/index.ts";
import type { WayEdge } from "./flow.ts";
import type { Pickers } from "./use-pickers.ts";

export interface Wire {
  readonly onEnd: OnConnectEnd;
  readonly isValid: IsValidConnection<WayEdge>;
  /** The way stays drawn while the list of steps is open at its end. */
  readonly ghost: ReactElement | null;
}

export function useWire(document: Document, dispatch: Dispatch, pickers: Pickers): Wire {
  const flow = useReactFlow();
  const isValid = useCallback<IsValidConnection<WayEdge>>((way) => refusal(document, way.source, way.sourceHandle ?? "out", way.target) === null, [document]);
  const { pick } = pickers;
  const onEnd = useCallback<OnConnectEnd>(
    (event, state) => {
      const from = beginning(state);
      if (from === null) return;
      const { source, port } = from;
      const screen = "changedTouches" in event ? pointOf(event.changedTouches[0]) : pointOf(event);
      const card = cardAt(screen);
      const parent = document.nodes[source]?.parent ?? null;
      const frame = card !== null && parent !== null && parent === card;
      if (card !== null && !frame) return card === source ? undefined : dispatch({ type: "edit", edit: connect(source, port, card) });
      const at = flow.screenToFlowPosition({ x: screen.x, y: screen.y }, { snapToGrid: true });
      pick(parent === null ? { kind: "after", source, port, at: { x: at.x, y: at.y - 40 } } : { kind: "after", source, port }, screen);
    },
    [document, dispatch, pick, flow],
  );
  return { onEnd, isValid, ghost: <Ghost pickers={pickers} /> };
}

/** Where a way began that has found no end; null where it has, or where it was drawn backwards. */
function beginning({ isValid, fromNode, fromHandle }: FinalConnectionState): { source: string; port: string } | null {
  if (isValid === true || fromNode === null || fromHandle?.type !== "source") return null;
  return { source: fromNode.id, port: fromHandle.id ?? "out" };
}

function cardAt(screen: Point): string | null {
  return window.document.elementFromPoint(screen.x, screen.y)?.closest(".react-flow__node-card")?.getAttribute("data-id") ?? null;
}

function pointOf(event: { clientX: number; clientY: number } | undefined): Point {
  return { x: event?.clientX ?? 0, y: event?.clientY ?? 0 };
}

function Ghost({ pickers: { open } }: { pickers: Pickers }): ReactElement | null {
  const flow = useReactFlow();
  if (open?.kind !== "step" || open.spot.kind !== "after" || open.spot.at === undefined) return null;
  const node = flow.getInternalNode(open.spot.source);
  const port = open.spot.port;
  const handle = node?.internals.handleBounds?.source?.find((each) => each.id === port);
  if (node === undefined || handle === undefined) return null;
  const from = { sourceX: node.internals.positionAbsolute.x + handle.x + 17, sourceY: node.internals.positionAbsolute.y + handle.y + 12 };
  const [path] = getSmoothStepPath({ ...from, targetX: open.spot.at.x, targetY: open.spot.at.y + 40, sourcePosition: Position.Right, targetPosition: Position.Left, borderRadius: 12 });
  return (
    <ViewportPortal>
      <svg aria-hidden className="pointer-events-none absolute top-0 left-0 overflow-visible" width={1} height={1}>
        <path d={path} fill="none" stroke="var(--accent)" strokeWidth={2} strokeDasharray="4 4" />
      </svg>
    </ViewportPortal>
  );
}
