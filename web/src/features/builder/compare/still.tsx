/** Notes and groups in a comparison: to be read only. */
import type { NodeProps } from "@xyflow/react";
import type { ReactElement } from "react";
import { builder as words } from "~/lib/strings/builder";
import type { GroupNode, NoteNode } from "../canvas/flow.ts";

export function StillNote({ data, width, height }: NodeProps<NoteNode>): ReactElement {
  return (
    <p className="overflow-hidden rounded-md border border-warning bg-warning-soft p-2 text-sm whitespace-pre-wrap" style={{ width, height }}>
      {data.text}
    </p>
  );
}

export function StillGroup({ data, width, height }: NodeProps<GroupNode>): ReactElement {
  return (
    <div className="rounded-md border border-dashed border-edge px-2 text-xs text-muted" style={{ width, height }}>
      {data.title || words.group.unnamed}
    </div>
  );
}
