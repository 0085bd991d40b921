/** Short words about what a person has just done. Never the only place of an error that has a place of its own. */
import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  tone: "plain" | "success" | "danger";
  text: string;
  /** What can be done about it: "Undo". */
  action?: { label: string; run: () => void };
}

const life = 6000;
const most = 3;
const listeners = new Set<() => void>();
let shown: readonly Toast[] = [];
let last = 0;

function show(next: readonly Toast[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** `toast("Draft discarded", { action: { label: "Undo", run: undo } })`. Errors stay until they are closed. */
export function toast(text: string, { tone = "plain", action }: Partial<Pick<Toast, "tone" | "action">> = {}): void {
  const made: Toast = { id: ++last, tone, text, ...(action ? { action } : {}) };
  show([...shown, made].slice(-most));
  if (tone !== "danger") setTimeout(() => closeToast(made.id), life);
}

export function closeToast(id: number): void {
  show(shown.filter((each) => each.id !== id));
}

export function useToasts(): readonly Toast[] {
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return useSyncExternalStore(subscribe, () => shown);
}
