/** A sheet with words on the canvas. */
import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo, type ReactElement, useState } from "react";
import { builder as say } from "~/lib/strings/builder";
import { setNote } from "../model/index.ts";
import { useCanvas } from "./canvas-context.ts";
import type { NoteNode } from "./flow.ts";

function NoteView({ data, selected, width, height }: NodeProps<NoteNode>): ReactElement {
  const { dispatch } = useCanvas();
  const [writing, setWriting] = useState(false);
  const end = (text: string): void => {
    setWriting(false);
    dispatch({ type: "edit", edit: setNote(data.id, { text }) });
  };
  return (
    <div className="rounded-md border border-warning bg-warning-soft p-2 text-sm" style={{ width, height }} onDoubleClick={() => setWriting(true)}>
      <NodeResizer
        isVisible={selected}
        minWidth={128}
        minHeight={64}
        onResizeEnd={(_, { x, y, width: wide, height: high }) => dispatch({ type: "edit", edit: setNote(data.id, { x: Math.round(x), y: Math.round(y), width: Math.round(wide), height: Math.round(high) }) })}
      />
      {writing || (selected && data.text === "") ? (
        <textarea
          // The note was opened to be written in.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          aria-label={say.note.label}
          defaultValue={data.text}
          placeholder={say.note.placeholder}
          className="nodrag nopan size-full resize-none bg-transparent outline-none"
          onBlur={(event) => end(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
            event.stopPropagation();
          }}
        />
      ) : (
        <p className="size-full overflow-hidden whitespace-pre-wrap">{data.text || <span className="text-faint">{say.note.placeholder}</span>}</p>
      )}
    </div>
  );
}

export const Note = memo(NoteView);
