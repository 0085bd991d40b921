/** A run live: every event once and in order, over lost connections, restarted servers and streams that end after a while. */

import type { Client } from "./client.ts";
import { terminalTypes } from "./events.ts";
import type { MonitorUpdate } from "./kept.ts";
import { Problem, sentence } from "./problem.ts";
import { type Silence, backOff, pause, silence } from "./patience.ts";
import { type Message, sseParser } from "./sse.ts";

/** How the connection stands; `ended` and `failed` are for good. */
export type StreamState = "connecting" | "live" | "reconnecting" | "ended" | "failed";

export interface StreamOptions {
  /** The event after which to begin; everything if not given. */
  after?: number;
  /** Each message but `connected`, in order; those with a `seq` exactly once. */
  onUpdate: (update: MonitorUpdate) => void;
  /** `problem` says why it is not live, where that is known; `attempt` counts the tries since it was. */
  onState?: (state: StreamState, problem: Problem | null, attempt: number) => void;
  /** The log begins anew below what was seen (a restored server): what was shown so far is void. */
  onRestart?: () => void;
  /** Milliseconds without a byte after which a connection is taken for dead; the server speaks every 15 s. */
  silence?: number;
  /** Milliseconds after which the client itself renews a connection; the server does after 15 minutes. */
  life?: number;
}

/** A stream that goes on until the run's end, or until it is closed. */
export interface Stream {
  close(): void;
  /** Resolves when nothing more will come: with the state it ended in, or null where it was closed. Never rejects. */
  readonly done: Promise<"ended" | "failed" | null>;
}

/** Watch a run. */
export function watch(client: Client, executionId: string, options: StreamOptions): Stream {
  const controller = new AbortController();
  const done = new Watching(client, executionId, options, controller.signal).run();
  return { close: () => controller.abort(), done };
}

/** What became of one connection: the run's end, the connection's, or a refusal. */
type Outcome = { kind: "ended" } | { kind: "dropped"; problem: Problem | null } | { kind: "refused"; problem: Problem };

class Watching {
  readonly #client: Client;
  readonly #id: string;
  readonly #options: StreamOptions;
  readonly #signal: AbortSignal;
  #seen: number;
  #attempt = 0;
  #retry = 2_000;
  /** Whether the last event of the log that was seen is one after which nothing follows. */
  #over = false;

  constructor(client: Client, id: string, options: StreamOptions, signal: AbortSignal) {
    this.#client = client;
    this.#id = id;
    this.#options = options;
    this.#signal = signal;
    this.#seen = options.after ?? 0;
  }

  async run(): Promise<"ended" | "failed" | null> {
    this.#tell("connecting", null);
    while (!this.#signal.aborted) {
      const outcome = await this.#connect();
      if (this.#signal.aborted) break;
      if (outcome.kind === "ended") return this.#final("ended", null);
      if (outcome.kind === "refused") return this.#final("failed", outcome.problem);
      this.#attempt += 1;
      this.#tell("reconnecting", outcome.problem);
      // Who was refused for a while is told for how long; a connection that only ended is taken up again without haste.
      const asked = (outcome.problem?.retryAfter ?? 0) * 1_000;
      await pause(Math.max(asked, backOff(this.#attempt, this.#retry)), this.#signal, asked === 0);
    }
    return null;
  }

  #tell(state: StreamState, problem: Problem | null): void {
    this.#options.onState?.(state, problem, this.#attempt);
  }

  #final<State extends "ended" | "failed">(state: State, problem: Problem | null): State {
    this.#tell(state, problem);
    return state;
  }

  async #connect(): Promise<Outcome> {
    const watchdog = silence(this.#options.silence ?? 40_000, this.#options.life ?? 960_000, this.#signal);
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (this.#seen > 0) headers["Last-Event-ID"] = String(this.#seen);
    try {
      const query = { execution_id: this.#id };
      const response = await this.#client.transport.open("/api/workflows/monitor", { query, headers, signal: watchdog.signal });
      // Everything was sent, and nothing will follow.
      if (response.status === 204) return { kind: "ended" };
      if (!isStream(response)) return { kind: "refused", problem: noStream(response) };
      await this.#read(response, watchdog);
      return this.#over ? { kind: "ended" } : { kind: "dropped", problem: null };
    } catch (error) {
      const problem = error instanceof Problem ? error : dropped(error);
      return final(problem) ? { kind: "refused", problem } : { kind: "dropped", problem };
    } finally {
      watchdog.clear();
    }
  }

  async #read(response: Response, watchdog: Silence): Promise<void> {
    const parser = sseParser();
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    let first = true;
    for (;;) {
      const piece = await reader?.read();
      if (!piece || piece.done) return;
      watchdog.heard();
      for (const message of parser.push(decoder.decode(piece.value, { stream: true }))) {
        if (this.#signal.aborted) return;
        first = this.#take(message, first);
      }
      this.#retry = parser.retry ?? this.#retry;
    }
  }

  /** Take a message in. Says whether the first event of this connection is still to come. */
  #take(message: Message, first: boolean): boolean {
    const update = parsed(message);
    if (update === null) return first;
    if (update.type === "connected") {
      this.#attempt = 0;
      this.#tell("live", null);
      return first;
    }
    if (update.seq === undefined) {
      this.#options.onUpdate(update);
      return first;
    }
    if (update.seq <= this.#seen) {
      // A server that sends again what it was told has been seen does not know that place: its log is another one.
      if (!first) return false;
      this.#options.onRestart?.();
    }
    this.#seen = update.seq;
    this.#over = terminalTypes.has(update.type);
    this.#options.onUpdate(update);
    return false;
  }
}

/** Refusals that the same call will meet again: all but those of a busy, starting or unreachable server. */
function final(problem: Problem): boolean {
  const { status } = problem;
  return status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
}

function noStream({ status }: Response): Problem {
  const detail = "The server answered with something that is no stream of events.";
  return new Problem({ type: "unexpected-answer", status, detail, fix: "Check that baseUrl is the address of a Tenuto server." });
}

function dropped(cause: unknown): Problem {
  const detail = `The connection was lost (${sentence(cause)}).`;
  return new Problem({ type: "unreachable", status: 0, detail, retryable: true }, { cause });
}

function parsed({ data, id }: Message): MonitorUpdate | null {
  try {
    const update: unknown = JSON.parse(data);
    if (typeof update !== "object" || update === null || !("type" in update) || typeof update.type !== "string") return null;
    const known = { data: {}, timestamp: "", ...update } as MonitorUpdate;
    return id !== null && /^\d+$/.test(id) ? { ...known, seq: Number(id) } : known;
  } catch {
    // A message that cannot be read is one of somebody between us and the server; the log is asked for anew by the next connection.
    return null;
  }
}
