/** One run while it is looked at: its state, kept live, told to each part of the page that it concerns, at most once a frame. */
import { type Client, type ExecutionDetail, type ExecutionEvent, type ExecutionState, type MonitorUpdate, type NodeState, Problem, type Stream, evolve, watch } from "@tenuto/react/core";
import { stateOf } from "../model/from-detail.ts";
import { Tracks } from "../model/tracks.ts";
import { History } from "./history.ts";
import { soon } from "./soon.ts";

export type Connection = "connecting" | "live" | "reconnecting" | "ended" | "failed";

/** What the page's head shows; anew at every change. */
export interface Shown {
  readonly state: ExecutionState;
  readonly connection: Connection;
  readonly attempt: number;
  /** Events that came at once after a gap; null when there was none lately. */
  readonly caughtUp: number | null;
  /** Whether the tracks hold the whole log up to the head. */
  readonly complete: boolean;
  readonly revision: number;
}

const page = 1_000;
/** Milliseconds of folding in one frame. */
const patience = 8;
const saidFor = 6_000;
const ends: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

export class RunStore {
  readonly #client: Client;
  readonly #id: string;
  readonly #listeners = new Set<() => void>();
  readonly #ofNode = new Map<string, Set<() => void>>();
  readonly #onChange: () => void;
  #queue: ExecutionEvent[] = [];
  #stop: (() => void) | null = null;
  #stream: Stream | null = null;
  #wanted: number;
  #fetching = false;
  #gap: number | null = null;
  #nodes = new Map<string, NodeState>();
  #shown: Shown;
  readonly history: History;
  readonly tracks: Tracks;
  readonly #texts = new Map<string, string>();

  /** `onChange` is called when the detail that was read is no longer true in more than its nodes: it ended, or its log is another. */
  constructor(client: Client, detail: ExecutionDetail, onChange: () => void) {
    this.#client = client;
    this.#id = detail.id;
    this.#onChange = onChange;
    this.#wanted = detail.head;
    const state = stateOf(detail);
    this.#nodes = new Map(state.nodes);
    this.tracks = new Tracks(detail.graph);
    this.history = new History(client, detail.id, (events) => this.#past(events));
    this.#shown = { state, connection: detail.imported || ends.has(detail.status) ? "ended" : "connecting", attempt: 0, caughtUp: null, complete: false, revision: 0 };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly shown = (): Shown => this.#shown;

  /** Told only of changes of this step, and of its text. */
  readonly subscribeNode = (node: string, listener: () => void): (() => void) => {
    const listeners = this.#ofNode.get(node) ?? new Set();
    this.#ofNode.set(node, listeners.add(listener));
    return () => listeners.delete(listener);
  };

  /** How a step stands; another object after each change. */
  readonly node = (id: string): NodeState | undefined => this.#nodes.get(id);

  /** What an agent has written so far in the attempt that goes on. */
  readonly text = (id: string): string => this.#texts.get(id) ?? "";

  /** Follow the run from here on. The answer ends it. */
  open(): () => void {
    if (this.#shown.connection !== "ended") this.follow();
    return () => {
      this.#stream?.close();
      this.#stream = null;
      this.#stop?.();
      this.#stop = null;
    };
  }

  /** Follow it (again): a run that had ended may have been taken up. */
  follow(): void {
    this.#stream?.close();
    this.#stream = null;
    // Its first state is told before `watch` has answered.
    let stream: Stream | null = null;
    stream = watch(this.#client, this.#id, {
      after: this.#wanted,
      onUpdate: (update) => this.#heard(update),
      onState: (state, _, attempt) => {
        if (this.#stream === stream || this.#stream === null) this.#connected(state, attempt);
      },
      onRestart: this.#onChange,
    });
    this.#stream = stream;
  }

  #connected(connection: Connection, attempt: number): void {
    const returned = connection === "live" && this.#shown.connection === "reconnecting";
    if (returned) {
      this.#gap = this.#shown.state.head;
      this.#fetch();
    }
    this.#show({ connection, attempt });
    if (connection === "ended") this.#fetch();
  }

  #heard(update: MonitorUpdate): void {
    if (update.seq !== undefined) {
      this.#wanted = Math.max(this.#wanted, update.seq);
      this.#fetch();
      return;
    }
    const { node_id: node, data } = update.data;
    const piece = typeof data === "object" && data !== null && !Array.isArray(data) ? data["text"] : null;
    if (update.type !== "node_progress" || typeof node !== "string" || typeof piece !== "string") return;
    this.#texts.set(node, this.text(node) + piece);
    this.#flushSoon([node]);
  }

  /** The stream says that something came; the log says what. One call at a time, and as many as it takes. */
  #fetch(): void {
    if (this.#fetching) return;
    this.#fetching = true;
    void this.#rest().finally(() => {
      this.#fetching = false;
      if (this.#known() < this.#wanted && this.#stream) setTimeout(() => this.#fetch(), 500);
    });
  }

  async #rest(): Promise<void> {
    try {
      for (let came = page; came === page || (came > 0 && this.#known() < this.#wanted); ) {
        const { events } = await this.#client.events(this.#id, { after: this.#known(), limit: page });
        came = events.length;
        this.#queue.push(...events);
        this.#flushSoon([]);
      }
      this.#wanted = Math.max(this.#wanted, this.#known());
      this.#caughtUp();
    } catch (error) {
      // The stream tells of a lost connection, and asks again when it is back.
      if (!(error instanceof Problem)) throw error;
    }
  }

  #known(): number {
    return this.#queue.at(-1)?.seq ?? this.#shown.state.head;
  }

  #caughtUp(): void {
    if (this.#gap === null) return;
    const missed = this.#known() - this.#gap;
    this.#gap = null;
    this.#show({ caughtUp: missed });
    setTimeout(() => this.#show({ caughtUp: null }), saidFor);
  }

  #touched = new Set<string>();

  #flushSoon(nodes: readonly string[]): void {
    for (const node of nodes) this.#touched.add(node);
    this.#stop ??= soon(() => this.#flush());
  }

  #flush(): void {
    this.#stop?.();
    this.#stop = null;
    const begun = performance.now();
    const { state } = this.#shown;
    let taken = 0;
    for (const event of this.#queue) {
      if (event.seq > state.head) this.#take(state, event);
      taken += 1;
      if (taken % 64 === 0 && performance.now() - begun > patience) break;
    }
    this.#queue = this.#queue.slice(taken);
    if (this.#queue.length > 0) this.#flushSoon([]);
    this.#tell(state, taken > 0);
  }

  #take(state: ExecutionState, event: ExecutionEvent): void {
    const active = [...state.active.keys()];
    evolve(state, event);
    this.history.add(event);
    if (this.#shown.complete) this.tracks.take(event);
    if (event.node !== null) this.#touched.add(event.node);
    if (event.type === "node_started" && !event.data.resumed) this.#texts.delete(event.node);
    // The run's own changes show on the cards of those that are under way.
    if (event.type.startsWith("workflow_")) for (const node of active) this.#touched.add(node);
  }

  #tell(state: ExecutionState, changed: boolean): void {
    const touched = this.#touched;
    this.#touched = new Set();
    for (const id of touched) {
      const node = state.nodes.get(id);
      if (node) this.#nodes.set(id, { ...node });
    }
    const ended = changed && ends.has(state.status);
    if (changed) this.#show({});
    for (const id of touched) for (const listener of this.#ofNode.get(id) ?? []) listener();
    if (ended && this.#queue.length === 0) this.#onChange();
  }

  /** The log up to the head, for the timeline; asked for once. */
  readonly readAll = (): void => this.history.readAll(() => this.#shown.state.head);

  #past(events: readonly ExecutionEvent[]): void {
    for (const event of events) this.tracks.take(event);
    const complete = this.tracks.head >= this.#shown.state.head;
    if (complete || events.length === 0) this.#show({ complete });
  }

  #show(changed: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...changed, revision: this.#shown.revision + 1 };
    for (const listener of this.#listeners) listener();
  }
}
