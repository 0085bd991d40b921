/** Whether the server answers, as far as calls have told; and since when it does not. */
import { useSyncExternalStore } from "react";
import { isUnreachable } from "./api.ts";

const listeners = new Set<() => void>();
let lastAnswer = Date.now();
let unreachableSince: number | null = null;

function set(since: number | null): void {
  if (since === unreachableSince) return;
  unreachableSince = since;
  for (const listener of listeners) listener();
}

export function noteSuccess(): void {
  lastAnswer = Date.now();
  set(null);
}

/** A refusal is an answer as well; only silence is none. */
export function noteFailure(error: unknown): void {
  if (isUnreachable(error)) set(unreachableSince ?? lastAnswer);
  else noteSuccess();
}

globalThis.addEventListener?.("offline", () => set(unreachableSince ?? lastAnswer));

/** The time of the last answer, where the server cannot be reached now. */
export function useUnreachableSince(): number | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => unreachableSince,
  );
}
