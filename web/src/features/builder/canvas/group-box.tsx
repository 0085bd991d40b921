/** A frame around some cards, with a name. It says nothing of how they run. */
import type { NodeProps } from "@xyflow/react";
import { memo, type ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { cx } from "~/ui/cx";
import { setGroup } from "../model/index.ts";
import { useCanvas } from "./canvas-context.ts";
import type { GroupNode } from "./flow.ts";

function GroupView({ data, selected, width, height }: NodeProps<GroupNode>): ReactElement {
  const { dispatch } = useCanvas();
  return (
    <div className={cx("rounded-lg border border-dashed", selected ? "border-accent bg-accent-soft/60" : "border-edge bg-hover/40")} style={{ width, height }}>
      {selected ? (
        <input
          key={data.id}
          aria-label={say.group.name}
          defaultValue={data.title}
          className="nodrag nopan h-6 w-full bg-transparent px-2 text-xs font-semibold outline-none"
          onBlur={(event) => dispatch({ type: "edit", edit: setGroup(data.id, { title: event.target.value.slice(0, 200) }) })}
          onKeyDown={(event) => {
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
            event.stopPropagation();
          }}
        />
      ) : (
        <p className="h-6 truncate px-2 pt-1 text-xs font-semibold text-muted">{data.title}</p>
      )}
    </div>
  );
}

export const GroupBox = memo(GroupView);
