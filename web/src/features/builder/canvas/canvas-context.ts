/** What cards and ways may ask of the canvas; one object for as long as the canvas is there. */
import { createContext, useContext } from "react";
import type { Dispatch, EdgeKey, NodeKey, Spot } from "../model/index.ts";

export interface CanvasActions {
  readonly dispatch: Dispatch;
  /** Opens the list of steps at a place on the screen. */
  readonly pick: (spot: Spot, at: { x: number; y: number }) => void;
  readonly insertOn: (edge: EdgeKey, at: { x: number; y: number }) => void;
  readonly openStep: (key: NodeKey) => void;
}

const none: CanvasActions = { dispatch: () => undefined, pick: () => undefined, insertOn: () => undefined, openStep: () => undefined };

export const CanvasContext = createContext<CanvasActions>(none);

export function useCanvas(): CanvasActions {
  return useContext(CanvasContext);
}
