/** How large an element is drawn, and how far it is scrolled. */
import { type RefObject, useEffect, useState } from "react";

export function useBox(element: RefObject<HTMLElement | null>): { width: number; height: number; scroll: number } {
  const [box, setBox] = useState({ width: 0, height: 0, scroll: 0 });
  useEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const measure = (): void => setBox({ width: target.clientWidth, height: target.clientHeight, scroll: target.scrollTop });
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    target.addEventListener("scroll", measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      target.removeEventListener("scroll", measure);
    };
  }, [element]);
  return box;
}
