/** Something that is done again and again while the page is looked at. */
"use client";

import { useEffect } from "react";

/** Do it every so many milliseconds, and when a page that was hidden for longer is looked at again. */
export function useEvery(milliseconds: number, act: () => unknown): void {
  useEffect(() => {
    let last = Date.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tick = (): void => {
      clearTimeout(timer);
      if (document.visibilityState !== "visible") return;
      const left = last + milliseconds - Date.now();
      if (left <= 0) {
        last = Date.now();
        act();
      }
      timer = setTimeout(tick, left > 0 ? left : milliseconds);
    };
    tick();
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [milliseconds, act]);
}
