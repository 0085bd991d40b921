/** Which word stands beside which element: one at a time, for all of the page, and when it comes and goes. */
import { type FocusEvent, type PointerEvent, type ReactNode, useSyncExternalStore } from "react";

export interface Hint {
  text: ReactNode;
  keys?: string | undefined;
  side?: "top" | "right" | "bottom" | "left" | undefined;
  /** Only for those who see: it says what is read out anyway. */
  silent?: boolean;
}

export interface ShownHint extends Hint {
  beside: Element;
}

/** Milliseconds until it comes; from one to the next it comes at once; the time to move the pointer onto it. */
const [rest, next, grace] = [400, 200, 150];

const listeners = new Set<() => void>();
let shown: ShownHint | null = null;
let hiddenAt = Number.NEGATIVE_INFINITY;
let under: Element | null = null;
let pressing = false;
let timer: ReturnType<typeof setTimeout> | undefined;

function set(hint: ShownHint | null): void {
  clearTimeout(timer);
  if (shown === hint) return;
  if (hint === null) hiddenAt = performance.now();
  shown = hint;
  for (const listener of listeners) listener();
}

export function useHint(): ShownHint | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}

export const hideHint = (): void => set(null);

/** The pointer went onto the hint itself: it stays, so that it can be read and copied. */
export const keepHint = (): void => clearTimeout(timer);

/** The pointer left the hint or what it is about. */
export function leaveHint(): void {
  clearTimeout(timer);
  timer = setTimeout(hideHint, grace);
}

/** The pointer came to rest on an element. */
export function restOn(beside: Element, hint: Hint): void {
  clearTimeout(timer);
  if (shown?.beside === beside) return;
  timer = setTimeout(() => set({ ...hint, beside }), shown || performance.now() - hiddenAt < next ? 0 : rest);
}

/** The focus came to an element, by key: who walks on at once is shown nothing, and what the element says itself stays. */
export function stayOn(beside: Element, hint: Hint): void {
  if (shown?.beside === beside) return;
  clearTimeout(timer);
  timer = setTimeout(() => set({ ...hint, beside }), rest);
}

export type Hinted = Partial<Record<"onPointerMove" | "onPointerLeave" | "onPointerDown" | "onClick", (event: PointerEvent) => void> & Record<"onFocus" | "onBlur", (event: FocusEvent) => void>>;

/** The handlers of an element that has a hint, after those that it has already. */
export function hinted(own: Hinted, hint: Hint): Hinted {
  return {
    onPointerMove: (event) => {
      own.onPointerMove?.(event);
      const beside = event.currentTarget;
      if (event.pointerType === "touch" || under === beside) return;
      under = beside;
      restOn(beside, hint);
    },
    onPointerLeave: (event) => {
      own.onPointerLeave?.(event);
      under = null;
      leaveHint();
    },
    onPointerDown: (event) => {
      own.onPointerDown?.(event);
      pressing = true;
      document.addEventListener("pointerup", () => (pressing = false), { once: true });
      hideHint();
    },
    onClick: (event) => {
      own.onClick?.(event);
      hideHint();
    },
    onFocus: (event) => {
      own.onFocus?.(event);
      if (!pressing) set({ ...hint, beside: event.currentTarget });
    },
    onBlur: (event) => {
      own.onBlur?.(event);
      hideHint();
    },
  };
}
