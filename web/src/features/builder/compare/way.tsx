/** A connection in a comparison, with what became of it at its middle. */
import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { memo, type ReactElement } from "react";
import type { Mark } from "../model/index.ts";
import { MarkWord } from "./mark-word.tsx";
import { markLooks } from "./marks.ts";

export interface CompareWayData extends Record<string, unknown> {
  readonly mark: Mark | undefined;
  /** Whether it is the change that is looked at. */
  readonly chosen: boolean;
  /** Where words have room. */
  readonly worded: boolean;
}
export type CompareEdge = Edge<CompareWayData, "compared">;

function CompareWayView(props: EdgeProps<CompareEdge>): ReactElement {
  const { id, sourceY, targetY, sourcePosition, targetPosition, data } = props;
  const [sourceX, targetX] = [props.sourceX - 7, props.targetX + 7];
  const [path, x, y] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 12, offset: Math.max(4, Math.min(20, (targetX - sourceX) / 2)) });
  const look = data?.mark === undefined ? undefined : markLooks[data.mark];
  return (
    <>
      <BaseEdge id={id} path={path} interactionWidth={24} style={look === undefined ? {} : { stroke: look.stroke, strokeWidth: data?.chosen ? 4 : 2.5, strokeDasharray: look.dash }} />
      {data?.mark === undefined || !data.worded ? null : (
        <EdgeLabelRenderer>
          <div className="nodrag nopan absolute rounded-sm border border-current bg-surface px-1" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            <MarkWord mark={data.mark} />
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

export const CompareWay = memo(CompareWayView);
