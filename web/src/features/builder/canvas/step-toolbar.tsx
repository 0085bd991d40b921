/** The toolbar of what is selected; of the card that is pointed at, where nothing is. */
import { useConnection, useStore } from "@xyflow/react";
import { type ReactElement, type RefObject, useEffect, useImperativeHandle, useRef, useState } from "react";
import type { CommandId } from "~/lib/commands";
import { absolute, collapse, geometryOf, isContainer } from "../model/index.ts";
import { aligned } from "./align.ts";
import type { CanvasProps } from "./canvas.tsx";
import { CardToolbar } from "./card-toolbar.tsx";

/** How long it stays after the pointer has left, in milliseconds. */
const stay = 600;

export interface Hover {
  readonly enter: (key: string) => void;
  readonly leave: () => void;
}

export interface StepToolbarProps {
  canvas: CanvasProps;
  run: (id: CommandId) => void;
  /** Told of the card that is pointed at; nothing else is drawn anew for it. */
  hover: RefObject<Hover | null>;
}

export function StepToolbar({ canvas, run, hover }: StepToolbarProps): ReactElement | null {
  const { document, catalog, selection, dispatch } = canvas;
  const [pointed, setPointed] = useState<string | null>(null);
  const timer = useRef(0);
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  const enter = (key: string): void => {
    clearTimeout(timer.current);
    setPointed(key);
  };
  const leave = (): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setPointed(null), stay);
  };
  useImperativeHandle(hover, () => ({ enter, leave }));
  const shown = pointed !== null && document.nodes[pointed] !== undefined && selection.nodes.length === 0 ? pointed : null;
  const keys = shown === null ? selection.nodes : [shown];
  const node = document.nodes[keys[0] ?? ""];
  const box = absolute(document, catalog, keys[0] ?? "");
  const right = useStore(({ transform: [x, , zoom], width }) => box !== undefined && (box.x + box.width / 2) * zoom + x > width / 2);
  // While a way is drawn nothing may lie over the cards that it could lead to.
  const drawing = useConnection(({ inProgress }) => inProgress);
  const act = (id: CommandId): void => {
    if (shown === null) return run(id);
    dispatch({ type: "select", selection: { nodes: [shown] } });
    setTimeout(() => latest.current(id));
  };
  if (drawing) return null;
  return (
    <CardToolbar
      keys={keys}
      side={right ? "end" : "start"}
      container={keys.length === 1 && node !== undefined && isContainer(node) && !geometryOf(document, catalog).open.has(node.key)}
      handlers={canvas.handlers}
      run={act}
      align={(how) => dispatch({ type: "edit", edit: aligned(document, catalog, keys, how) })}
      fold={() => dispatch({ type: "edit", edit: collapse(keys[0] ?? "", false) })}
      onPointerEnter={() => (shown === null ? undefined : enter(shown))}
      onPointerLeave={leave}
    />
  );
}
