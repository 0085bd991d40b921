/** What each step did when, told event by event: the bars of the timeline before anybody knows how wide they are. */
import type { ExecutionEvent, GraphView } from "@tenuto/react/core";

export type SegmentKind = "queued" | "running" | "backoff" | "waiting";
/** For what a step waits: a time, something that happens, a person, runs of its own, a rate limit. */
export type WaitFor = "time" | "event" | "person" | "children" | "limit";

export interface Segment {
  readonly kind: SegmentKind;
  readonly why: WaitFor | null;
  /** Milliseconds since 1970; `to` is null while it goes on. */
  readonly from: number;
  to: number | null;
}

export interface Attempt {
  readonly attempt: number;
  readonly segments: Segment[];
  outcome: "going" | "done" | "failed" | "skipped" | "stopped" | "retried" | "unknown";
}

export interface Track {
  readonly node: string;
  readonly attempts: Attempt[];
}

/** All tracks of a run; `take` is constant work for an event, whatever the size of the run. */
export class Tracks {
  readonly #graph: Pick<GraphView, "edges"> | null;
  readonly #before = new Map<string, string[]>();
  readonly #ended = new Map<string, number>();
  readonly byNode = new Map<string, Track>();
  /** The last event that was taken. */
  head = 0;
  startedAt: number | null = null;
  endedAt: number | null = null;

  constructor(graph: Pick<GraphView, "edges"> | null) {
    this.#graph = graph;
    for (const edge of this.#graph?.edges ?? []) this.#before.set(edge.to, [...(this.#before.get(edge.to) ?? []), edge.from]);
  }

  take(event: ExecutionEvent): void {
    if (event.seq <= this.head) return;
    this.head = event.seq;
    const at = Date.parse(event.at);
    switch (event.type) {
      case "workflow_started":
        this.startedAt = at;
        return;
      case "node_started":
        return this.#started(event.node, event.data.attempt ?? 1, at);
      case "node_waiting":
        return this.#next(event.node, at, "waiting", waitsFor(event.data.reason, event.data.held ?? false));
      case "node_retrying":
        return this.#retrying(event.node, at);
      case "node_unknown":
        this.#next(event.node, at, "waiting", "person");
        return;
      case "node_completed":
        return this.#settle(event.node, at, "done");
      case "node_failed":
        return this.#settle(event.node, at, "failed");
      case "node_skipped":
        return this.#settle(event.node, at, "skipped");
      case "workflow_resumed":
        if (event.data.reopens) this.endedAt = null;
        return;
      case "workflow_completed":
      case "workflow_failed":
      case "workflow_cancelled":
        return this.#end(at);
      default:
        return;
    }
  }

  #started(node: string, attempt: number, at: number): void {
    const track = this.#track(node);
    const last = track.attempts.at(-1);
    if (last?.attempt === attempt) {
      last.outcome = "going";
      this.#next(node, at, "running", null);
      return;
    }
    close(last, at);
    const ready = last ? null : this.#ready(node);
    const segments: Segment[] = ready !== null && ready < at ? [{ kind: "queued", why: null, from: ready, to: at }] : [];
    track.attempts.push({ attempt, segments: [...segments, { kind: "running", why: null, from: at, to: null }], outcome: "going" });
  }

  /** When the last of those before it had ended: from then on it only waited for its turn. */
  #ready(node: string): number | null {
    const ends = (this.#before.get(node) ?? []).flatMap((before) => this.#ended.get(before) ?? []);
    return ends.length > 0 ? Math.max(...ends) : this.startedAt;
  }

  #next(node: string, at: number, kind: SegmentKind, why: WaitFor | null): void {
    const track = this.#track(node);
    if (track.attempts.length === 0) track.attempts.push({ attempt: 1, segments: [], outcome: "going" });
    const attempt = track.attempts.at(-1);
    close(attempt, at);
    attempt?.segments.push({ kind, why, from: at, to: null });
  }

  #retrying(node: string, at: number): void {
    this.#next(node, at, "backoff", null);
    const attempt = this.#track(node).attempts.at(-1);
    if (attempt) attempt.outcome = "retried";
  }

  #settle(node: string, at: number, outcome: Attempt["outcome"]): void {
    this.#ended.set(node, at);
    const attempt = this.byNode.get(node)?.attempts.at(-1);
    close(attempt, at);
    if (attempt) attempt.outcome = outcome;
  }

  #end(at: number): void {
    this.endedAt = at;
    for (const { attempts } of this.byNode.values()) {
      const last = attempts.at(-1);
      if (last?.segments.at(-1)?.to !== null) continue;
      close(last, at);
      last.outcome = "stopped";
    }
  }

  #track(node: string): Track {
    let track = this.byNode.get(node);
    if (!track) this.byNode.set(node, (track = { node, attempts: [] }));
    return track;
  }
}

function close(attempt: Attempt | undefined, at: number): void {
  const last = attempt?.segments.at(-1);
  if (last && last.to === null) last.to = at;
}

const reasons: Readonly<Record<string, WaitFor>> = { delay: "time", approval: "person", children: "children", budget: "person" };

function waitsFor(reason: string, held: boolean): WaitFor {
  return held ? "limit" : (reasons[reason] ?? "event");
}

/** The whole time that the tracks cover; `now` stands for what goes on. */
export function spanOf(tracks: Tracks, now: number): { from: number; to: number } {
  const begun = [...tracks.byNode.values()].flatMap((track) => track.attempts[0]?.segments[0]?.from ?? []);
  const from = Math.min(tracks.startedAt ?? now, ...begun);
  return { from, to: Math.max(from + 1, tracks.endedAt ?? now) };
}

/** Milliseconds of work and of waiting in all steps together. */
export function timeSpent(tracks: Tracks, now: number): { working: number; waiting: number } {
  let [working, waiting] = [0, 0];
  for (const track of tracks.byNode.values()) {
    for (const { kind, from, to } of track.attempts.flatMap((attempt) => attempt.segments)) {
      const length = Math.max(0, (to ?? now) - from);
      if (kind === "running") working += length;
      else if (kind !== "queued") waiting += length;
    }
  }
  return { working, waiting };
}
