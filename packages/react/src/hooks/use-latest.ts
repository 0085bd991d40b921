/** Calls of which only the latest counts: an answer that comes late never overwrites a newer one, nor a page that is gone. */
"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { isAbort, sentence } from "../core/problem.ts";

export interface Latest {
  loading: boolean;
  error: string | null;
  clearError: () => void;
  /** Make the call; null where it failed (`error` says why) or where a later one was made meanwhile. */
  run: <Answer>(call: (signal: AbortSignal) => Promise<Answer>) => Promise<Answer | null>;
}

/** Loading and error of the latest call; the one before it is given up. `initially`: whether a call is made at once. */
export function useLatest(initially = false): Latest {
  const [loading, setLoading] = useState(initially);
  const [error, setError] = useState<string | null>(null);
  const current = useRef<AbortController | null>(null);
  useEffect(() => () => current.current?.abort(), []);

  const run = useCallback(async <Answer>(call: (signal: AbortSignal) => Promise<Answer>): Promise<Answer | null> => {
    current.current?.abort();
    const mine = new AbortController();
    current.current = mine;
    setLoading(true);
    setError(null);
    try {
      const answer = await call(mine.signal);
      return mine.signal.aborted ? null : answer;
    } catch (problem) {
      if (!mine.signal.aborted && !isAbort(problem)) setError(sentence(problem));
      return null;
    } finally {
      if (!mine.signal.aborted) setLoading(false);
    }
  }, []);

  const clearError = useCallback(() => setError(null), []);
  return { loading, error, clearError, run };
}
