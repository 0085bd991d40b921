/** What a watcher sees of one run, as a store that any framework can subscribe to; it changes once a frame, not once an event. */

import type { Client } from "./client.ts";
import { terminalTypes } from "./events.ts";
import type { MonitorUpdate } from "./kept.ts";
import { type Stream, type StreamState, watch } from "./stream.ts";
import type { Problem } from "./problem.ts";

/** Milliseconds for which a stream is kept after an event that ends the run: a run that is taken up again goes on at once. */
const lingering = 1_000;
/** Milliseconds between changes while nobody looks: a hidden page has no frames. */
const unseen = 1_000;

export interface MonitorSnapshot {
  readonly updates: MonitorUpdate[];
  readonly connected: boolean;
  /** Why nothing comes, in a sentence; null while all is well, or while the first try to come back is on its way. */
  readonly error: string | null;
}

const nothing: MonitorSnapshot = { updates: [], connected: false, error: null };

/** Watches a run while it is open; what it has seen stays when it is closed and is not asked for again. */
export class Monitor {
  readonly #client: Client;
  readonly #executionId: string | null;
  readonly #listeners = new Set<() => void>();
  #snapshot = nothing;
  #pending: MonitorUpdate[] = [];
  #cancelFlush: (() => void) | null = null;
  #closing: ReturnType<typeof setTimeout> | undefined;
  #seen = 0;

  constructor(client: Client, executionId: string | null) {
    this.#client = client;
    this.#executionId = executionId;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): MonitorSnapshot => this.#snapshot;

  /** Forget what was shown; what comes from now on is shown. */
  readonly clear = (): void => {
    this.#pending = [];
    this.#change({ updates: [] });
  };

  /** Open the stream after what was seen. The answer closes it. */
  open(): () => void {
    if (this.#executionId === null) return () => undefined;
    const stream: Stream = watch(this.#client, this.#executionId, {
      after: this.#seen,
      onUpdate: (update) => this.#take(update, stream),
      onState: (state, problem, attempt) => this.#stand(state, problem, attempt),
      onRestart: this.clear,
    });
    return () => this.#close(stream);
  }

  #take(update: MonitorUpdate, stream: Stream): void {
    this.#pending.push(update);
    this.#cancelFlush ??= soon(() => this.#flush());
    if (update.seq === undefined) return;
    this.#seen = update.seq;
    clearTimeout(this.#closing);
    if (terminalTypes.has(update.type)) this.#closing = setTimeout(() => this.#close(stream), lingering);
  }

  #stand(state: StreamState, problem: Problem | null, attempt: number): void {
    // What came before the connection ended is shown before its end is.
    this.#flush();
    const lasting = state === "failed" || attempt > 1;
    this.#change({ connected: state === "live", error: lasting ? (problem?.message ?? null) : null });
  }

  #close(stream: Stream): void {
    clearTimeout(this.#closing);
    stream.close();
    this.#flush();
    this.#change({ connected: false });
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    if (this.#pending.length === 0) return;
    const updates = [...this.#snapshot.updates, ...this.#pending];
    this.#pending = [];
    this.#change({ updates });
  }

  #change(changed: Partial<MonitorSnapshot>): void {
    const next = { ...this.#snapshot, ...changed };
    const { updates, connected, error } = this.#snapshot;
    if (next.updates === updates && next.connected === connected && next.error === error) return;
    this.#snapshot = next;
    for (const listener of this.#listeners) listener();
  }
}

/** Do it with the next frame, or a little later where there are none. The answer takes it back. */
function soon(act: () => void): () => void {
  if (typeof document !== "undefined" && typeof requestAnimationFrame === "function" && document.visibilityState === "visible") {
    const frame = requestAnimationFrame(act);
    // A page that is hidden before the frame comes gets it when it is looked at again; the clock does not wait for that.
    const timer = setTimeout(act, unseen);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }
  const timer = setTimeout(act, typeof document === "undefined" ? 0 : unseen);
  return () => clearTimeout(timer);
}
