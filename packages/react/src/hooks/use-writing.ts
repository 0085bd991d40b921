/** Calls that change something: unlike reading, none is given up for a later one, and each has its own answer. */
"use client";

import { useCallback, useState } from "react";
import { sentence } from "../core/problem.ts";

export interface Writing {
  writing: boolean;
  /** Why the latest one was refused. */
  refused: string | null;
  clearRefused: () => void;
  /** Make the call; null where it failed. */
  write: <Answer>(call: () => Promise<Answer>) => Promise<Answer | null>;
}

/** `begins` is called before each of them and has to be the same function each time. */
export function useWriting(begins?: () => void): Writing {
  const [underWay, setUnderWay] = useState(0);
  const [refused, setRefused] = useState<string | null>(null);
  const clearRefused = useCallback(() => setRefused(null), []);
  const write = useCallback(
    async <Answer>(call: () => Promise<Answer>): Promise<Answer | null> => {
      begins?.();
      setRefused(null);
      setUnderWay((count) => count + 1);
      try {
        return await call();
      } catch (problem) {
        setRefused(sentence(problem));
        return null;
      } finally {
        setUnderWay((count) => count - 1);
      }
    },
    [begins],
  );
  return { writing: underWay > 0, refused, clearRefused, write };
}
