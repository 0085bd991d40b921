/** A list of named things that are made, changed and deleted here, and shown as they are then. */
"use client";

import { useCallback } from "react";
import { useAnswer } from "./use-answer.ts";
import { type Writing, useWriting } from "./use-writing.ts";

export interface Collection<Item> {
  readonly items: Item[];
  readonly loading: boolean;
  readonly error: string | null;
  readonly refresh: () => Promise<void>;
  /** Make or change one; null where that was refused. */
  readonly put: (call: () => Promise<Item>) => Promise<Item | null>;
  /** Delete one. Says whether it is gone. */
  readonly drop: (id: string, call: () => Promise<unknown>) => Promise<boolean>;
  /** Another call about them, whose failure is told like theirs. */
  readonly write: Writing["write"];
}

/** The list that `read` answers; `read` has to be the same function as long as the same is asked for. */
export function useCollection<Item extends { id: string }>(read: (signal: AbortSignal) => Promise<Item[]>): Collection<Item> {
  const { value: items, loading, error, clearError, refresh, change } = useAnswer<Item[]>([], read);
  const { writing, refused, write } = useWriting(clearError);

  const put = useCallback<Collection<Item>["put"]>(async (call) => {
    const made = await write(call);
    if (made !== null) change((known) => placed(known, made));
    return made;
  }, [change, write]);

  const drop = useCallback<Collection<Item>["drop"]>(async (id, call) => {
    const gone = (await write(() => call().then(() => true))) ?? false;
    if (gone) change((known) => known.filter((one) => one.id !== id));
    return gone;
  }, [change, write]);

  return { items, loading: loading || writing, error: refused ?? error, refresh, put, drop, write };
}

/** In its place where it is known, else before the others. */
function placed<Item extends { id: string }>(known: Item[], one: Item): Item[] {
  return known.some(({ id }) => id === one.id) ? known.map((other) => (other.id === one.id ? one : other)) : [one, ...known];
}
