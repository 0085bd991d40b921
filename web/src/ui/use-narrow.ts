/** Whether the window is narrower than so many pixels. */
import { useSyncExternalStore } from "react";

const narrower = (pixels: number): MediaQueryList => matchMedia(`(max-width: ${pixels - 1}px)`);

/** At this moment, for what is no part of a page. */
export const isNarrow = (pixels: number): boolean => narrower(pixels).matches;

export function useNarrow(pixels: number): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = narrower(pixels);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => isNarrow(pixels),
  );
}
