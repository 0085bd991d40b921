/** The ways of the card that is pointed at stand out, and the others step back. Written to the elements: nothing is drawn anew for it. */
import { type RefObject, useCallback, useMemo } from "react";
import { type Document, graphOf } from "../model/index.ts";
import type { FlowNode } from "./flow.ts";

export interface Emphasis {
  readonly onEnter: (event: unknown, node: FlowNode) => void;
  readonly onLeave: () => void;
}

export function useEmphasis(frame: RefObject<HTMLElement | null>, document: Document): Emphasis {
  const onLeave = useCallback(() => {
    frame.current?.removeAttribute("data-hover");
    for (const way of frame.current?.querySelectorAll("[data-own]") ?? []) way.removeAttribute("data-own");
  }, [frame]);
  return useMemo(
    () => ({
      onEnter(_event, { id }) {
        onLeave();
        const { from, into } = graphOf(document);
        const own = [...(from.get(id) ?? []), ...(into.get(id) ?? [])];
        if (own.length === 0) return;
        frame.current?.setAttribute("data-hover", "");
        for (const { edge } of own) frame.current?.querySelector(`.react-flow__edge[data-id="${CSS.escape(edge.key)}"]`)?.setAttribute("data-own", "");
      },
      onLeave,
    }),
    [document, frame, onLeave],
  );
}
