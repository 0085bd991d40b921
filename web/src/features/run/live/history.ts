/** The log of a run as far as somebody asked for it: the newest events first, older ones page by page, all of it for the timeline. */
import type { Client, ExecutionEvent } from "@tenuto/react/core";

export interface Part {
  /** In order; without a gap. */
  readonly events: readonly ExecutionEvent[];
  readonly loading: boolean;
  readonly failed: string | null;
}

const page = 500;
const whole = 1_000;

export class History {
  readonly #client: Client;
  readonly #id: string;
  readonly #past: (events: readonly ExecutionEvent[]) => void;
  readonly #listeners = new Set<() => void>();
  #part: Part = { events: [], loading: false, failed: null };
  #opened = false;
  #reading = false;

  /** `past` gets every event of the log in order, once `readAll` was called; an empty part says that the end is reached. */
  constructor(client: Client, id: string, past: (events: readonly ExecutionEvent[]) => void) {
    this.#client = client;
    this.#id = id;
    this.#past = past;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly part = (): Part => this.#part;

  /** Begin with the newest events before and at `head`. */
  open(head: number): void {
    if (this.#opened) return;
    this.#opened = true;
    void this.#load(Math.max(0, head - page), page, (events) => [...events, ...this.#part.events.filter((each) => each.seq > (events.at(-1)?.seq ?? 0))]);
  }

  /** The page before what is shown. */
  older(): void {
    const first = this.#part.events[0]?.seq ?? 1;
    if (first <= 1 || this.#part.loading) return;
    const after = Math.max(0, first - 1 - page);
    void this.#load(after, first - 1 - after, (events) => [...events.filter((each) => each.seq < first), ...this.#part.events]);
  }

  /** What has just happened. */
  add(event: ExecutionEvent): void {
    if (!this.#opened) return;
    const last = this.#part.events.at(-1)?.seq;
    if (last === undefined || event.seq === last + 1) this.#show({ events: [...this.#part.events, event] });
  }

  /** Read the log from its beginning, once. */
  readAll(head: () => number): void {
    if (this.#reading) return;
    this.#reading = true;
    void this.#all(head);
  }

  async #all(head: () => number): Promise<void> {
    let after = 0;
    try {
      do {
        const { events } = await this.#client.events(this.#id, { after, limit: whole });
        if (events.length === 0) break;
        after = events.at(-1)?.seq ?? after;
        this.#past(events);
      } while (after < head());
      this.#past([]);
    } catch {
      // Asked for again when it is next needed: the stream tells of a lost connection.
      this.#reading = false;
    }
  }

  async #load(after: number, limit: number, joined: (events: readonly ExecutionEvent[]) => readonly ExecutionEvent[]): Promise<void> {
    this.#show({ loading: true, failed: null });
    try {
      const { events } = await this.#client.events(this.#id, { after, limit });
      this.#show({ events: joined(events), loading: false });
    } catch (error) {
      this.#show({ loading: false, failed: error instanceof Error ? error.message : String(error) });
      this.#opened = this.#part.events.length > 0;
    }
  }

  #show(changed: Partial<Part>): void {
    this.#part = { ...this.#part, ...changed };
    for (const listener of this.#listeners) listener();
  }
}
