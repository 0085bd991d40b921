/** Values that are kept in this browser and shared by everything on the page and its other tabs. */
import { useSyncExternalStore } from "react";

export interface Stored<Value> {
  get: () => Value;
  set: (value: Value) => void;
  subscribe: (listener: () => void) => () => void;
}

/** `check` says whether what was found is a value; anything else counts as `initial`. */
export function stored<Value>(name: string, initial: Value, check: (found: unknown) => found is Value): Stored<Value> {
  const key = `tenuto.${name}`;
  const listeners = new Set<() => void>();
  let value = read();

  function read(): Value {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
      return check(found) ? found : initial;
    } catch {
      return initial;
    }
  }

  function tell(): void {
    for (const listener of listeners) listener();
  }

  globalThis.addEventListener?.("storage", (event) => {
    if (event.key !== key) return;
    value = read();
    tell();
  });

  return {
    get: () => value,
    set(next) {
      value = next;
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // Storage may be refused; the value then lives as long as the page.
      }
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A stored value, and how it is set. */
export function useStored<Value>(store: Stored<Value>): [Value, (value: Value) => void] {
  return [useSyncExternalStore(store.subscribe, store.get), store.set];
}
