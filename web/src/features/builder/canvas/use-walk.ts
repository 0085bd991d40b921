/** Arrows walk from card to card, with Shift they move what is selected; the focus follows. */
import { type KeyboardEvent, type RefObject, useCallback } from "react";
import { isTyping } from "~/lib/keyboard";
import { type Catalog, type Dispatch, type Document, grid, nodeKey, ranked, type Selection, startOf, walked, type Way } from "../model/index.ts";
import { nudged } from "./align.ts";
import type { CanvasApi } from "./use-canvas-api.ts";

const ways: Readonly<Record<string, Way>> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const steps: Readonly<Record<Way, { x: number; y: number }>> = { left: { x: -grid, y: 0 }, right: { x: grid, y: 0 }, up: { x: 0, y: -grid }, down: { x: 0, y: grid } };

export interface Walking {
  document: Document;
  catalog: Catalog;
  selection: Selection;
  dispatch: Dispatch;
  lead: string | null;
  api: RefObject<CanvasApi | null>;
}

export function useWalk({ document, catalog, selection, dispatch, lead, api }: Walking): (event: KeyboardEvent) => void {
  return useCallback(
    (event) => {
      if (isTyping(event.nativeEvent) || event.defaultPrevented) return;
      if (event.key === "Escape" && selection.nodes.length + selection.edges.length + selection.notes.length + selection.groups.length > 0) {
        event.preventDefault();
        dispatch({ type: "select", selection: {} });
        return;
      }
      const way = Object.hasOwn(ways, event.key) ? ways[event.key] : undefined;
      if (way === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (event.shiftKey) return dispatch({ type: "edit", edit: nudged(document, catalog, selection.nodes, steps[way]) });
      const next = lead === null ? beginning(document) : walked(document, catalog, lead, way);
      if (next === null) return;
      dispatch({ type: "select", selection: { nodes: [next] } });
      api.current?.focus(next);
    },
    [document, catalog, selection, dispatch, lead, api],
  );
}

function beginning(document: Document): string | null {
  const start = nodeKey(null, startOf(document, null) ?? "");
  return document.nodes[start] === undefined ? (ranked(document.nodes)[0]?.key ?? null) : start;
}
