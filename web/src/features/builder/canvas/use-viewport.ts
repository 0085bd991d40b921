/** What part of the canvas is seen: as it was left, else the start; and the keys and buttons that change it. */
import { type OnMove, type OnMoveEnd, useReactFlow, type Viewport } from "@xyflow/react";
import { useCallback, useMemo } from "react";
import type { Handlers } from "~/lib/keyboard";
import { absolute, around, type Box, type Catalog, type Document, geometryOf, nodeKey, type Selection, startOf } from "../model/index.ts";
import { noteZoom } from "./level.ts";

const fitsBelow = 60;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** How a view moves to another: fast, and at once for those who want nothing to move. */
export function motion(): { duration: number } {
  return { duration: still.matches ? 0 : 120 };
}

export interface ViewportParts {
  readonly initial: Viewport;
  readonly onInit: () => void;
  readonly onMove: OnMove;
  readonly onMoveEnd: OnMoveEnd;
  readonly handlers: (selection: Selection) => Handlers;
}

export function useViewport(workflowId: string, document: Document, catalog: Catalog): ViewportParts {
  const flow = useReactFlow();
  const initial = useMemo(() => kept(workflowId) ?? first(document, catalog), [workflowId]); // oxlint-disable-line react/exhaustive-deps -- only where it begins
  const fit = useCallback((boxes: readonly Box[]): void => {
    const box = around(boxes, 48);
    if (box !== undefined) void flow.fitBounds(box, { ...motion(), padding: 0.05 });
  }, [flow]);
  return useMemo(
    () => ({
      initial,
      onInit() {
        noteZoom(initial.zoom);
        if (kept(workflowId) === null && Object.keys(document.nodes).length < fitsBelow) fit(whole(document, catalog));
      },
      onMove: (_event, { zoom }) => noteZoom(zoom),
      onMoveEnd: (_event, viewport) => keep(workflowId, viewport),
      handlers: (selection) => ({
        "zoom.in": () => void flow.zoomIn(motion()),
        "zoom.out": () => void flow.zoomOut(motion()),
        "zoom.actual": () => void flow.zoomTo(1, motion()),
        "zoom.whole": () => fit(whole(document, catalog)),
        "zoom.selection": () => fit(selection.nodes.length === 0 ? whole(document, catalog) : selection.nodes.flatMap((key) => absolute(document, catalog, key) ?? [])),
      }),
    }),
    [initial, flow, fit, workflowId, document, catalog],
  );
}

function whole(document: Document, catalog: Catalog): Box[] {
  const { boxes } = geometryOf(document, catalog);
  return [...boxes].flatMap(([key, box]) => (document.nodes[key]?.parent === null ? [box] : []));
}

/** The start at 80 %, left of the middle. */
function first(document: Document, catalog: Catalog): Viewport {
  const zoom = 0.8;
  const box = absolute(document, catalog, nodeKey(null, startOf(document, null) ?? ""));
  return { x: 80 - (box?.x ?? 0) * zoom, y: 280 - (box?.y ?? 0) * zoom, zoom };
}

function kept(workflowId: string): Viewport | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(`tenuto.view.${workflowId}`) ?? "null") as Viewport | null;
    return found !== null && [found.x, found.y, found.zoom].every(Number.isFinite) ? found : null;
  } catch {
    return null;
  }
}

function keep(workflowId: string, viewport: Viewport): void {
  try {
    sessionStorage.setItem(`tenuto.view.${workflowId}`, JSON.stringify(viewport));
  } catch {
    // Storage may be refused; the view then begins at the start again.
  }
}
