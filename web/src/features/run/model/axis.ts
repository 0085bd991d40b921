/** From times to pixels: a straight axis, or one on which long idle stretches are folded into narrow bands. */
import type { Tracks } from "./tracks.ts";

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Axis {
  readonly x: (time: number) => number;
  readonly time: (x: number) => number;
  readonly width: number;
  /** The folded stretches that are seen, where they stand. */
  readonly bands: readonly (Span & { x: number; width: number })[];
}

export const bandWidth = 28;
const worthwhile = 0.1;
const most = 0.5;

/** Stretches in which no step worked and that have ended: what goes on is never folded, so that a live axis does not jump. */
export function idle(tracks: Tracks, span: Span): readonly Span[] {
  const busy = [...tracks.byNode.values()]
    .flatMap((track) => track.attempts.flatMap((attempt) => attempt.segments))
    .filter((segment) => segment.kind === "running" || segment.kind === "queued")
    .map(({ from, to }) => ({ from, to: to ?? span.to }))
    .toSorted((a, b) => a.from - b.from);
  const gaps: Span[] = [];
  let covered = span.from;
  for (const { from, to } of busy) {
    if (from > covered) gaps.push({ from: covered, to: from });
    covered = Math.max(covered, to);
  }
  return gaps.filter((gap) => gap.to - gap.from >= worthwhile * (span.to - span.from));
}

/** How much of the span the stretches are, where folding them is worth being offered; null where it is not. */
export function foldable(gaps: readonly Span[], span: Span): number | null {
  const share = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0) / (span.to - span.from);
  return share > most ? share : null;
}

interface Piece extends Span {
  readonly x: number;
  readonly width: number;
}

/** An axis of `width` pixels over `span`; `folded` are the stretches that are drawn as bands. */
export function axisOf(span: Span, width: number, folded: readonly Span[] = []): Axis {
  const bands = folded.map((gap) => ({ from: Math.max(gap.from, span.from), to: Math.min(gap.to, span.to) })).filter((gap) => gap.to > gap.from);
  const band = Math.min(bandWidth, width / (2 * Math.max(1, bands.length)));
  const open = span.to - span.from - bands.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const scale = open > 0 ? (width - band * bands.length) / open : 0;
  const pieces: Piece[] = [];
  let [x, at] = [0, span.from];
  const add = (to: number, length: number): void => {
    if (to > at) pieces.push({ from: at, to, x, width: length });
    [x, at] = [x + length, Math.max(at, to)];
  };
  for (const gap of bands) {
    add(gap.from, Math.max(0, gap.from - at) * scale);
    add(gap.to, band);
  }
  add(span.to, Math.max(0, span.to - at) * scale);
  return {
    x: (time) => along(pieces, time, width),
    time: (place) => back(pieces, place, span),
    width,
    bands: pieces.filter((piece) => bands.some((gap) => gap.from === piece.from && gap.to === piece.to)),
  };
}

function along(pieces: readonly Piece[], time: number, width: number): number {
  if (time <= (pieces[0]?.from ?? 0)) return 0;
  const piece = pieces.find((each) => time <= each.to);
  return piece ? piece.x + ((time - piece.from) / (piece.to - piece.from)) * piece.width : width;
}

function back(pieces: readonly Piece[], x: number, span: Span): number {
  const piece = pieces.find((each) => x <= each.x + each.width && each.width > 0);
  return piece ? piece.from + (Math.max(0, x - piece.x) / piece.width) * (piece.to - piece.from) : span.to;
}

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000];

/** Round times after the span's beginning, at least `apart` pixels from one another, outside the bands. */
export function ticks(axis: Axis, span: Span, apart = 88): readonly { x: number; after: number }[] {
  const bands = axis.bands.reduce((sum, band) => sum + band.to - band.from, 0);
  const room = Math.max(1, Math.floor(axis.width / apart));
  const wanted = (span.to - span.from - bands) / room;
  const step = steps.find((each) => each >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000;
  const found: { x: number; after: number }[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const begins = [span.from, ...axis.bands.map((band) => band.to)];
  for (const [index, begin] of begins.entries()) {
    const end = axis.bands[index]?.from ?? span.to;
    const first = Math.ceil((begin - span.from) / step) * step;
    for (let after = first; span.from + after <= end; after += step) {
      const x = axis.x(span.from + after);
      if (x - last < apart * 0.75 || x > axis.width - apart / 2) continue;
      found.push({ x, after });
      last = x;
    }
  }
  return found;
}
