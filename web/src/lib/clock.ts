/** One ticker for every relative time of the page. */
import { useSyncExternalStore } from "react";

const beat = 5000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, beat);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, anew every five seconds. Faster clocks write their text themselves (ux.md, B11). */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
