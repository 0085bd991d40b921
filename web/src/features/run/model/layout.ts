/** Where each bar of the timeline stands. Pure: what is in the box follows from the tracks, the box and the view alone. */
import { type Axis, type Span, axisOf, ticks } from "./axis.ts";
import type { Attempt, SegmentKind, Track, Tracks, WaitFor } from "./tracks.ts";

export interface Box {
  readonly width: number;
  readonly height: number;
  /** Pixels of a row: 28, or 44 for fingers. */
  readonly row: number;
  /** Pixels of the column with the names; 0 where names stand above their bars. */
  readonly gutter: number;
}

export interface View {
  /** What part of the run is seen. */
  readonly span: Span;
  readonly scroll: number;
  readonly folded: readonly Span[];
  readonly queued: boolean;
  /** The time up to which what goes on is drawn. */
  readonly now: number;
}

export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly kind: SegmentKind;
  readonly why: WaitFor | null;
  readonly attempt: number;
  readonly outcome: Attempt["outcome"];
  readonly from: number;
  readonly to: number;
  readonly going: boolean;
}

export interface Row {
  readonly node: string;
  readonly index: number;
  readonly y: number;
  readonly bars: readonly Bar[];
  /** Where a further attempt begins. */
  readonly attempts: readonly number[];
}

export interface Layout {
  readonly rows: readonly Row[];
  /** Of all rows, seen or not. */
  readonly height: number;
  readonly axis: Axis;
  readonly ticks: readonly { x: number; after: number }[];
}

const least = 2;
const beyond = 4;

/** The rows that are seen, and a few more. `order` are the steps from top to bottom. */
export function layout(model: { tracks: Tracks; order: readonly string[] }, box: Box, view: View): Layout {
  const plot = Math.max(least, box.width - box.gutter);
  const axis = axisOf(view.span, plot, view.folded);
  const first = Math.max(0, Math.floor(view.scroll / box.row) - beyond);
  const last = Math.min(model.order.length, Math.ceil((view.scroll + box.height) / box.row) + beyond);
  const rows = model.order.slice(first, last).map((node, offset) => {
    const track = model.tracks.byNode.get(node);
    const index = first + offset;
    return { node, index, y: index * box.row, bars: track ? barsOf(track, axis, view) : [], attempts: track ? beginnings(track, axis, view) : [] };
  });
  return { rows, height: model.order.length * box.row, axis, ticks: ticks(axis, view.span) };
}

function barsOf(track: Track, axis: Axis, view: View): readonly Bar[] {
  const bars: Bar[] = [];
  for (const { attempt, outcome, segments } of track.attempts) {
    for (const { kind, why, from, to } of segments) {
      if (kind === "queued" && !view.queued) continue;
      const end = Math.max(from, to ?? view.now);
      if (end < view.span.from || from > view.span.to) continue;
      const [left, right] = [axis.x(from), axis.x(end)];
      const width = Math.min(Math.max(least, right - left), axis.width);
      bars.push({ x: Math.min(left, axis.width - width), width, kind, why, attempt, outcome, from, to: end, going: to === null });
    }
  }
  return bars;
}

function beginnings(track: Track, axis: Axis, { span }: View): readonly number[] {
  const starts = track.attempts.slice(1).flatMap((attempt) => attempt.segments[0]?.from ?? []);
  return starts.filter((at) => at >= span.from && at <= span.to).map(axis.x);
}

/** A part of the run `factor` times as long, about the time that stands still; within `whole`, and at least a millisecond. */
export function zoomed(span: Span, whole: Span, about: number, factor: number): Span {
  const length = Math.min(whole.to - whole.from, Math.max(1, (span.to - span.from) * factor));
  const share = (about - span.from) / (span.to - span.from);
  return within({ from: about - share * length, to: about + (1 - share) * length }, whole);
}

/** The span moved into the whole, as long as it was. */
export function within(span: Span, whole: Span): Span {
  const length = Math.min(span.to - span.from, whole.to - whole.from);
  const from = Math.min(Math.max(span.from, whole.from), whole.to - length);
  return { from, to: from + length };
}
