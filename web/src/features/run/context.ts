/** The run that the page is about, for all its parts. */
import type { ExecutionDetail, NodeState } from "@tenuto/react/core";
import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { RunStore, Shown } from "./live/run-store.ts";

export interface RunPlace {
  readonly detail: ExecutionDetail;
  readonly store: RunStore;
  readonly nameOf: (node: string) => string;
  readonly order: readonly string[];
  readonly selected: string | null;
  readonly select: (node: string | null) => void;
  /** Read the run again, and follow it: somebody asked something of it. */
  readonly again: () => void;
}

const Context = createContext<RunPlace | null>(null);

export const RunProvider = Context.Provider;

export function useRun(): RunPlace {
  const place = useContext(Context);
  if (!place) throw new Error("This part belongs on the page of a run.");
  return place;
}

export function useShown(): Shown {
  const { store } = useRun();
  return useSyncExternalStore(store.subscribe, store.shown);
}

/** How a step stands; drawn anew when that step changes and at no other time. */
export function useNodeState(node: string): NodeState | undefined {
  const { store } = useRun();
  const subscribe = useCallback((listener: () => void) => store.subscribeNode(node, listener), [store, node]);
  return useSyncExternalStore(subscribe, () => store.node(node));
}

/** The time, every so many milliseconds while `going`. */
export function useTicking(going: boolean, every = 1_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [going, every]);
  return now;
}
