/** What the rest of the page may ask of the view that is open, canvas or outline: to show a step, to focus it, and where the middle of the view is. */
import { useReactFlow, useStoreApi } from "@xyflow/react";
import { type RefObject, useImperativeHandle } from "react";
import { absolute, around, type Box, type Catalog, type Document, type NodeKey, type Point, type Spot } from "../model/index.ts";
import { motion } from "./use-viewport.ts";

/** Under which the tools and the map stand. */
const toolsHeight = 150;

export interface CanvasApi {
  /** Brings a card into view, where it is not. */
  show: (key: NodeKey) => void;
  /** Brings all of these boxes into view. */
  fit: (boxes: readonly Box[]) => void;
  /** Brings a card into view and gives it the focus. */
  focus: (key: NodeKey) => void;
  toFlow: (screen: Point) => Point;
  /** On the canvas. */
  middle: () => Point;
  /** Beside a card, on the screen. */
  beside: (key: NodeKey) => Point;
  /** Where a step would go that is added now, where the view shows ways and empty bodies as things of their own. */
  spot?: () => Spot | null;
}

export function useCanvasApi(api: RefObject<CanvasApi | null>, frame: RefObject<HTMLDivElement | null>, document: Document, catalog: Catalog): void {
  const flow = useReactFlow();
  const store = useStoreApi();
  useImperativeHandle(api, (): CanvasApi => {
    const show = (key: NodeKey): void => {
      const box = absolute(document, catalog, key);
      if (box === undefined) return;
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      const [left, top] = [box.x * zoom + x, box.y * zoom + y];
      const visible = left >= 0 && top >= 48 && left + box.width * zoom <= width && top + 80 * zoom <= height - toolsHeight;
      if (!visible) void flow.setCenter(box.x + box.width / 2, box.y + Math.min(box.height, 200) / 2, { ...motion(), zoom: Math.max(zoom, 0.6) });
    };
    return {
      show,
      fit(boxes) {
        const box = around(boxes, 48);
        if (box !== undefined) void flow.fitBounds(box, { ...motion(), padding: 0.05 });
      },
      focus(key) {
        show(key);
        requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(key)}"]`)?.focus({ preventScroll: true }));
      },
      toFlow: (screen) => flow.screenToFlowPosition(screen, { snapToGrid: true }),
      middle() {
        const box = frame.current?.getBoundingClientRect();
        return flow.screenToFlowPosition({ x: (box?.left ?? 0) + (box?.width ?? 0) / 2 - 120, y: (box?.top ?? 0) + (box?.height ?? 0) / 2 - 40 }, { snapToGrid: true });
      },
      beside(key) {
        const box = absolute(document, catalog, key);
        return flow.flowToScreenPosition({ x: (box?.x ?? 0) + (box?.width ?? 0) + 24, y: box?.y ?? 0 });
      },
    };
  }, [document, catalog, flow, store, frame]);
}
