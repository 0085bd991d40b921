/** What the page that is open adds to the command menu, and which keys act on it. */
import { useEffect, useSyncExternalStore } from "react";
import type { Context } from "./commands.ts";

export interface MenuEntry {
  id: string;
  /** "Steps", "Actions". */
  group: string;
  title: string;
  /** Further words it is found by. */
  words?: string;
  keys?: string | undefined;
  run: () => void;
}

interface Offered {
  entries: readonly MenuEntry[];
  contexts: readonly Context[];
}

const listeners = new Set<() => void>();
const pages = new Map<symbol, Offered>();
let all: Offered = { entries: [], contexts: [] };

function tell(): void {
  const given = [...pages.values()];
  all = { entries: given.flatMap((page) => page.entries), contexts: [...new Set(given.flatMap((page) => page.contexts))] };
  for (const listener of listeners) listener();
}

/** Adds entries and names the contexts whose keys act here, as long as the component is there. Keep `entries` the same between renders. */
export function usePageCommands(contexts: readonly Context[], entries: readonly MenuEntry[] = none): void {
  const named = contexts.join(" ");
  useEffect(() => {
    const page = Symbol("page");
    pages.set(page, { entries, contexts: named.split(" ").filter(Boolean) as Context[] });
    tell();
    return () => {
      pages.delete(page);
      tell();
    };
  }, [named, entries]);
}

const none: readonly MenuEntry[] = [];

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Everything that is offered now. */
export function useOffered(): Offered {
  return useSyncExternalStore(subscribe, () => all);
}
