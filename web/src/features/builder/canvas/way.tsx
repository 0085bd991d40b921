/** A way from a port to a card: a smooth step with a wide place to take hold of, and, when selected, what can be done with it. */
import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { Plus, X } from "lucide-react";
import { memo, type MouseEvent, type ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { disconnect } from "../model/index.ts";
import { useCanvas } from "./canvas-context.ts";
import type { WayEdge } from "./flow.ts";

function WayView(props: EdgeProps<WayEdge>): ReactElement {
  const { id, sourceY, targetY, sourcePosition, targetPosition, selected } = props;
  // Ports are taken hold of within 24 px, and drawn within 10.
  const [sourceX, targetX] = [props.sourceX - 7, props.targetX + 7];
  const [path, x, y] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 12, offset: Math.max(4, Math.min(20, (targetX - sourceX) / 2)) });
  return (
    <>
      <BaseEdge id={id} path={path} interactionWidth={24} className={props.data?.label === "error" ? "builder-way-error" : ""} />
      {selected ? <Tools id={id} x={x} y={y} /> : null}
    </>
  );
}

export const Way = memo(WayView);

function Tools({ id, x, y }: { id: string; x: number; y: number }): ReactElement {
  const { insertOn, dispatch } = useCanvas();
  const insert = (event: MouseEvent): void => insertOn(id, { x: event.clientX, y: event.clientY });
  return (
    <EdgeLabelRenderer>
      <div className="nodrag nopan pointer-events-auto absolute flex gap-1" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
        <button type="button" aria-label={say.way.insert} title={say.way.insert} className="builder-dot" onClick={insert}>
          <Plus size={14} aria-hidden />
        </button>
        <button type="button" aria-label={say.way.delete} title={say.way.delete} className="builder-dot text-danger" onClick={() => dispatch({ type: "edit", edit: disconnect([id]) })}>
          <X size={14} aria-hidden />
        </button>
      </div>
    </EdgeLabelRenderer>
  );
}
