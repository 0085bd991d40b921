/** How long a client waits: for a word from the server, and before it comes back. */

const longest = 30_000;

/** Milliseconds before try number `attempt`: from `base`, doubled each time, at most 30 s, and half of it by chance. */
export function backOff(attempt: number, base: number, chance: () => number = Math.random): number {
  const full = Math.min(longest, base * 2 ** Math.min(attempt - 1, 10));
  return full / 2 + (full / 2) * chance();
}

/** Wait; ends early when the signal does and, if `eager`, when the page is looked at again or the network is back. */
export function pause(milliseconds: number, signal: AbortSignal, eager = true): Promise<void> {
  return new Promise((resolve) => {
    const page = typeof document === "undefined" ? null : document;
    const network = typeof window === "undefined" ? null : window;
    const seen = (): void => {
      if (page?.visibilityState === "visible") finish();
    };
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      page?.removeEventListener("visibilitychange", seen);
      network?.removeEventListener("online", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener("abort", finish, { once: true });
    if (eager) {
      page?.addEventListener("visibilitychange", seen);
      network?.addEventListener("online", finish);
    }
    if (signal.aborted) finish();
  });
}

/** Ends a connection on which nothing has been heard for too long, or that has become too old. */
export interface Silence {
  readonly signal: AbortSignal;
  /** Something was heard. */
  heard(): void;
  clear(): void;
}

/** A watchdog over one connection, which also ends with `outer`. */
export function silence(limit: number, life: number, outer: AbortSignal): Silence {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  const old = setTimeout(end, life);
  let quiet = setTimeout(end, limit);
  outer.addEventListener("abort", end, { once: true });
  if (outer.aborted) end();
  return {
    signal: controller.signal,
    heard: () => {
      clearTimeout(quiet);
      quiet = setTimeout(end, limit);
    },
    clear: () => {
      clearTimeout(old);
      clearTimeout(quiet);
      outer.removeEventListener("abort", end);
      // Whatever is left of the connection is given back.
      end();
    },
  };
}
