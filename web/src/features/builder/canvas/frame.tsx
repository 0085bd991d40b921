/** The framed body of a map or a loop, under its card. */
import { ChevronDown, Plus } from "lucide-react";
import type { MouseEvent, ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { collapse, titleHeight } from "../model/index.ts";
import { useCanvas } from "./canvas-context.ts";
import type { CardData } from "./flow.ts";
import type { Level } from "./level.ts";

export function Frame({ id, data, level, top }: { id: string; data: CardData; level: Level; top: number }): ReactElement {
  const { dispatch, pick } = useCanvas();
  const fold = (event: MouseEvent): void => {
    event.stopPropagation();
    dispatch({ type: "edit", edit: collapse(id, true) });
  };
  const add = (event: MouseEvent): void => {
    event.stopPropagation();
    pick({ kind: "free", parent: id, at: { x: 0, y: 0 } }, { x: event.clientX, y: event.clientY });
  };
  return (
    <div className="absolute inset-x-0 bottom-0 rounded-md border border-edge bg-sunken" style={{ top: top - 8 }}>
      {level === "far" ? null : (
        <div className="flex items-center gap-2 px-3 pt-2 text-xs text-muted" style={{ height: titleHeight + 8 }}>
          <button type="button" tabIndex={-1} aria-label={say.frame.fold} className="nodrag rounded-sm p-0.5 hover:bg-hover" onClick={fold}>
            <ChevronDown size={14} aria-hidden />
          </button>
          <span className="truncate">{data.node.spec.type === "map" ? say.frame.map : say.frame.loop}</span>
        </div>
      )}
      {data.inner === 0 ? (
        <button type="button" tabIndex={-1} className="nodrag absolute inset-x-6 bottom-6 flex h-16 items-center justify-center gap-2 rounded-md border border-dashed border-edge text-xs text-muted hover:bg-hover" onClick={add}>
          <Plus size={14} aria-hidden />
          {say.frame.empty}
        </button>
      ) : null}
    </div>
  );
}
