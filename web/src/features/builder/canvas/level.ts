/** How much of a card is drawn: one number, set by the one component that reads the zoom. */
import { useSyncExternalStore } from "react";

export type Level = "far" | "near" | "full";

const listeners = new Set<() => void>();
let level: Level = "full";

export function levelOf(zoom: number): Level {
  if (zoom < 0.3) return "far";
  return zoom < 0.6 ? "near" : "full";
}

export function noteZoom(zoom: number): void {
  const next = levelOf(zoom);
  if (next === level) return;
  level = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLevel(): Level {
  return useSyncExternalStore(subscribe, () => level);
}
