/** The tools under the canvas: select or move it, zoom, tidy, undo. */
import { Hand, LayoutGrid, Maximize, Minus, MousePointer2, Plus, Redo2, StickyNote, Undo2 } from "lucide-react";
import type { ReactElement } from "react";
import { shownKeys } from "~/lib/commands";
import { builder as say } from "~/lib/strings/builder";
import { IconButton } from "~/ui/button";
import { commands } from "~/lib/commands";
import type { CommandId } from "~/lib/commands";

export interface CanvasToolsProps {
  hand: boolean;
  undo: string | null;
  redo: string | null;
  run: (id: CommandId) => void;
}

export function CanvasTools({ hand, undo, redo, run }: CanvasToolsProps): ReactElement {
  const tool = (id: CommandId, icon: typeof Hand, more: { pressed?: boolean; label?: string; off?: boolean } = {}): ReactElement => (
    <IconButton icon={icon} label={more.label ?? commands[id].title} keys={shownKeys(id)} small aria-disabled={more.off} {...(more.pressed === undefined ? {} : { pressed: more.pressed })} className={more.off ? "opacity-50" : ""} onClick={() => run(id)} />
  );
  const line = <span className="mx-1 h-5 w-px bg-line" />;
  return (
    <div role="toolbar" aria-label={say.canvas.tools} className="flex h-10 items-center gap-0.5 rounded-md border border-line bg-surface px-1.5 shadow-float">
      {tool("tool.select", MousePointer2, { pressed: !hand })}
      {tool("tool.hand", Hand, { pressed: hand })}
      {line}
      {tool("step.add", Plus)}
      {tool("note.add", StickyNote)}
      {tool("graph.tidy", LayoutGrid)}
      {line}
      {tool("edit.undo", Undo2, { label: undo === null ? say.page.nothingToUndo : say.page.undo(undo), off: undo === null })}
      {tool("edit.redo", Redo2, { label: redo === null ? say.page.nothingToRedo : say.page.redo(redo), off: redo === null })}
      {line}
      {tool("zoom.out", Minus)}
      {tool("zoom.whole", Maximize)}
      {tool("zoom.in", Plus)}
    </div>
  );
}
