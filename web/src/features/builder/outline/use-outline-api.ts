/** The outline answers what the page asks of the view that is open, as the canvas does. */
import { type RefObject, useImperativeHandle } from "react";
import type { CanvasApi } from "../canvas/use-canvas-api.ts";
import type { NodeKey } from "../model/index.ts";
import type { Row } from "./rows.ts";
import { current } from "./use-held-focus.ts";

export interface Reaching {
  /** The row that keys act on. */
  readonly here: Row | undefined;
  readonly rows: readonly Row[];
  /** Makes a row the current one, and lets it be seen. */
  readonly reach: (row: Row) => void;
}

export function useOutlineApi(api: RefObject<CanvasApi | null>, frame: RefObject<HTMLElement | null>, { here, rows, reach }: Reaching): void {
  useImperativeHandle(api, (): CanvasApi => {
    const show = (key: NodeKey): void => {
      const row = rows.find((each) => each.item.kind === "step" && each.node === key);
      if (row !== undefined && here?.node !== key) reach(row);
    };
    const row = (): HTMLElement | null => frame.current?.querySelector<HTMLElement>(current) ?? null;
    return {
      show,
      focus(key) {
        show(key);
        requestAnimationFrame(() => row()?.focus());
      },
      // There are no places in a list: cards get theirs by what they follow.
      fit: () => undefined,
      toFlow: (screen) => screen,
      middle: () => ({ x: 0, y: 0 }),
      beside() {
        const box = (row() ?? frame.current)?.getBoundingClientRect();
        return { x: (box?.left ?? 0) + 48, y: (box?.bottom ?? 0) + 4 };
      },
      spot() {
        if (here?.item.kind === "port") return { kind: "after", source: here.node, port: here.item.port };
        return here?.item.kind === "inside" ? { kind: "free", parent: here.node, at: { x: 0, y: 0 } } : null;
      },
    };
  });
}
