/** What can be done with the step that is pointed at or selected, above its card. */
import { NodeToolbar, Position } from "@xyflow/react";
import { AlignHorizontalDistributeCenter, AlignStartHorizontal, AlignStartVertical, ChevronsUpDown, Copy, Group, Pencil, Plus, Spline, Trash2 } from "lucide-react";
import type { ReactElement } from "react";
import { type CommandId, commands, shownKeys } from "~/lib/commands";
import { builder as say } from "~/lib/strings/builder";
import { IconButton } from "~/ui/button";
import type { NodeKey } from "../model/index.ts";

export interface CardToolbarProps {
  keys: readonly NodeKey[];
  container: boolean;
  run: (id: CommandId) => void;
  align: (how: "left" | "top" | "row") => void;
  fold: () => void;
}

export function CardToolbar({ keys, container, run, align, fold }: CardToolbarProps): ReactElement | null {
  if (keys.length === 0) return null;
  const several = keys.length > 1;
  const tool = (id: CommandId, icon: typeof Copy): ReactElement => <IconButton icon={icon} label={commands[id].title} keys={shownKeys(id)} small onClick={() => run(id)} />;
  return (
    <NodeToolbar nodeId={[...keys]} isVisible position={Position.Top} offset={12}>
      <div role="toolbar" aria-label={say.canvas.toolbar} className="nodrag nopan flex items-center gap-0.5 rounded-md border border-line bg-surface p-0.5 shadow-float">
        {several ? null : (
          <>
            {tool("step.add", Plus)}
            {tool("step.connect", Spline)}
            {tool("step.open", Pencil)}
          </>
        )}
        {container ? <IconButton icon={ChevronsUpDown} label={say.frame.unfold} small onClick={fold} /> : null}
        {several ? (
          <>
            <IconButton icon={AlignStartVertical} label={say.canvas.align.left} small onClick={() => align("left")} />
            <IconButton icon={AlignStartHorizontal} label={say.canvas.align.top} small onClick={() => align("top")} />
            <IconButton icon={AlignHorizontalDistributeCenter} label={say.canvas.align.row} small onClick={() => align("row")} />
            {tool("group.make", Group)}
          </>
        ) : null}
        {tool("edit.duplicate", Copy)}
        {tool("step.delete", Trash2)}
      </div>
    </NodeToolbar>
  );
}
