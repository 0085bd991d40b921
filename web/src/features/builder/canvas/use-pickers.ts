/** Which list is open over the canvas: of steps to put in, of steps to connect with, of steps to find. */
import { useMemo, useState } from "react";
import { addStep, connect, type Dispatch, type EdgeKey, type NewStep, type NodeKey, type Spot } from "../model/index.ts";

export type Open =
  | { readonly kind: "step"; readonly spot: Spot; readonly at: { readonly x: number; readonly y: number } }
  | { readonly kind: "connect"; readonly source: NodeKey; readonly port: string }
  | { readonly kind: "find" }
  | null;

export interface Pickers {
  readonly open: Open;
  readonly pick: (spot: Spot, at: { x: number; y: number }) => void;
  readonly insertOn: (edge: EdgeKey, at: { x: number; y: number }) => void;
  readonly connectFrom: (source: NodeKey, port: string) => void;
  readonly find: () => void;
  readonly close: () => void;
  readonly takeStep: (step: NewStep) => void;
  readonly takeTarget: (target: NodeKey) => void;
}

export function usePickers(dispatch: Dispatch): Pickers {
  const [open, setOpen] = useState<Open>(null);
  return useMemo(
    () => ({
      open,
      pick: (spot, at) => setOpen({ kind: "step", spot, at }),
      insertOn: (edge, at) => setOpen({ kind: "step", spot: { kind: "edge", edge }, at }),
      connectFrom: (source, port) => setOpen({ kind: "connect", source, port }),
      find: () => setOpen({ kind: "find" }),
      close: () => setOpen(null),
      takeStep: (step) => {
        if (open?.kind === "step") dispatch({ type: "edit", edit: addStep(step, open.spot) });
        setOpen(null);
      },
      takeTarget: (target) => {
        if (open?.kind === "connect") dispatch({ type: "edit", edit: connect(open.source, open.port, target) });
        setOpen(null);
      },
    }),
    [open, dispatch],
  );
}
