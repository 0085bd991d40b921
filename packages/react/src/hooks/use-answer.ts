/** What is asked for when a page is opened, asked for again when told to, and changed here meanwhile. */
"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { useLatest } from "./use-latest.ts";

export interface Answered<Value> {
  readonly value: Value;
  readonly loading: boolean;
  readonly error: string | null;
  readonly clearError: () => void;
  /** Ask again. */
  readonly refresh: () => Promise<void>;
  /** Show what has just been changed; it has to make no difference when it is done twice. */
  readonly change: (update: (value: Value) => Value) => void;
}

/** The answer of `call`, asked for at the beginning and whenever `call` is another function. */
export function useAnswer<Value>(initial: Value, call: (signal: AbortSignal) => Promise<Value>): Answered<Value> {
  const { loading, error, clearError, run } = useLatest(true);
  const [value, setValue] = useState(initial);
  // An answer may be older than what was changed while it was on its way.
  const changes = useRef<((value: Value) => Value)[]>([]);

  const refresh = useCallback(async () => {
    changes.current = [];
    const found = await run(call);
    if (found !== null) setValue(changes.current.reduce<Value>((known, update) => update(known), found));
  }, [call, run]);

  const change = useCallback((update: (value: Value) => Value) => {
    changes.current.push(update);
    setValue(update);
  }, []);

  useEffect(() => void refresh(), [refresh]);
  return { value, loading, error, clearError, refresh, change };
}
