/** A step that is dragged in from the palette. */
import { type DragEvent, type RefObject, useCallback } from "react";
import { addStep, type Catalog, type Dispatch, type Document, geometryOf, graphOf, type NodeKey, type Point } from "../model/index.ts";
import { carried, dragType } from "./palette.tsx";
import type { CanvasApi } from "./use-canvas-api.ts";

interface Dropping {
  readonly dispatch: Dispatch;
  readonly api: RefObject<CanvasApi | null>;
  readonly document: Document;
  readonly catalog: Catalog;
}

export function allowDrop(event: DragEvent): void {
  if (!event.dataTransfer.types.includes(dragType)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
}

/** A step of the palette is put where it is let go: onto a way, else onto the canvas. */
export function useDrop({ dispatch, api, document, catalog }: Dropping): (event: DragEvent) => void {
  return useCallback(
    (event) => {
      const step = carried(event.dataTransfer);
      if (step === null) return;
      event.preventDefault();
      const way = window.document.elementFromPoint(event.clientX, event.clientY)?.closest(".react-flow__edge")?.getAttribute("data-id");
      if (way !== null && way !== undefined) return dispatch({ type: "edit", edit: addStep(step, { kind: "edge", edge: way }) });
      const at = api.current?.toFlow({ x: event.clientX - 120, y: event.clientY - 40 }) ?? { x: 0, y: 0 };
      const { parent, place } = scopeAt(document, catalog, at);
      dispatch({ type: "edit", edit: addStep(step, { kind: "free", parent, at: place }) });
    },
    [dispatch, api, document, catalog],
  );
}

/** The innermost open frame at a place, and the place in it. */
function scopeAt(document: Document, catalog: Catalog, at: Point): { parent: NodeKey | null; place: Point } {
  const { boxes, open } = geometryOf(document, catalog);
  let parent: string | null = null;
  let place = at;
  for (;;) {
    const inside: string | undefined = (graphOf(document).members.get(parent) ?? []).find(({ key }) => {
      const box = open.has(key) ? boxes.get(key) : undefined;
      return box !== undefined && place.x + 120 > box.x && place.x + 120 < box.x + box.width && place.y + 40 > box.y + 112 && place.y + 40 < box.y + box.height;
    })?.key;
    const box = inside === undefined ? undefined : boxes.get(inside);
    if (inside === undefined || box === undefined) return { parent, place };
    parent = inside;
    place = { x: place.x - box.x - 24, y: place.y - box.y - 136 };
  }
}
