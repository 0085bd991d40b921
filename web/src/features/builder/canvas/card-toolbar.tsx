/** What can be done with the step that is pointed at or selected, above its card: in words, with its key. */
import { NodeToolbar, Position } from "@xyflow/react";
import { AlignHorizontalDistributeCenter, AlignStartHorizontal, AlignStartVertical, ChevronsUpDown, Copy, Ellipsis, FlaskConical, Group, Pin, Play, Plus, Trash2 } from "lucide-react";
import type { ReactElement } from "react";
import { type CommandId, commands, shownKeys } from "~/lib/commands";
import type { Handlers } from "~/lib/keyboard";
import { builder as say } from "~/lib/strings/builder";
import { trials } from "~/lib/strings/trials";
import { Button, IconButton } from "~/ui/button";
import { KeyCaps } from "~/ui/key-caps";
import { Menu } from "~/ui/menu";
import type { NodeKey } from "../model/index.ts";
import { stepItems } from "../trials/step-items.ts";

export interface CardToolbarProps {
  keys: readonly NodeKey[];
  /** Along which edge of the card it lies, so that it stays in view. */
  side: "start" | "end";
  container: boolean;
  handlers: Handlers;
  run: (id: CommandId) => void;
  align: (how: "left" | "top" | "row") => void;
  fold: () => void;
  onPointerEnter?: () => void;
  onPointerLeave?: () => void;
}

export function CardToolbar({ keys, side, container, handlers, run, align, fold, onPointerEnter, onPointerLeave }: CardToolbarProps): ReactElement | null {
  if (keys.length === 0) return null;
  const several = keys.length > 1;
  const tool = (id: CommandId, icon: typeof Copy): ReactElement => <IconButton icon={icon} label={commands[id].title} keys={shownKeys(id)} small onClick={() => run(id)} />;
  return (
    <NodeToolbar nodeId={[...keys]} isVisible position={Position.Top} align={side} offset={12} onPointerEnter={onPointerEnter} onPointerLeave={onPointerLeave}>
      <div role="toolbar" aria-label={say.canvas.toolbar} className="nodrag nopan flex items-center gap-0.5 rounded-md border border-line bg-surface p-0.5 shadow-float">
        {several ? null : (
          <>
            <Verb id="step.test" icon={FlaskConical} run={run} />
            <Verb id="step.runFrom" icon={Play} run={run} />
            <Verb id="step.pin" icon={Pin} run={run} />
            {tool("step.add", Plus)}
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
        {several ? tool("step.delete", Trash2) : <Menu trigger={<IconButton icon={Ellipsis} label={trials.menu.more} small />} items={stepItems(run, handlers)} align="start" />}
      </div>
    </NodeToolbar>
  );
}

function Verb({ id, icon, run }: { id: CommandId; icon: typeof Copy; run: (id: CommandId) => void }): ReactElement {
  return (
    <Button small variant="quiet" icon={icon} className="!px-2" onClick={() => run(id)}>
      {commands[id].title}
      <span aria-hidden>
        <KeyCaps keys={shownKeys(id)} />
      </span>
    </Button>
  );
}
