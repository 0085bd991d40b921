/** The whole run in miniature; what is dragged over is what is shown. */
import { type PointerEvent, type ReactElement, useRef } from "react";
import { run as words } from "~/lib/strings/run";
import type { Span } from "../model/axis.ts";
import { axisOf } from "../model/axis.ts";
import { within, zoomed } from "../model/layout.ts";
import type { Tracks } from "../model/tracks.ts";

export interface BrushProps {
  tracks: Tracks;
  order: readonly string[];
  whole: Span;
  span: Span;
  width: number;
  onChange: (span: Span) => void;
}

const height = 24;
const rows = 8;

export function Brush({ tracks, order, whole, span, width, onChange }: BrushProps): ReactElement {
  const from = useRef<number | null>(null);
  const axis = axisOf(whole, width);
  const bars = order.flatMap((node, index) =>
    (tracks.byNode.get(node)?.attempts ?? []).flatMap(({ segments }) =>
      segments.filter((each) => each.kind === "running").map((each) => ({ index, x: axis.x(each.from), to: axis.x(each.to ?? whole.to) })),
    ),
  );
  const line = height / Math.max(rows, order.length);
  const drawn = bars.map(({ index, x, to }) => `M${x.toFixed(1)} ${((index + 0.5) * line).toFixed(1)}h${Math.max(1, to - x).toFixed(1)}`).join("");
  const at = (event: PointerEvent): number => axis.time(event.clientX - event.currentTarget.getBoundingClientRect().left);
  const [left, right] = [axis.x(span.from), axis.x(span.to)];
  const step = (span.to - span.from) / 10;
  const keys: Readonly<Record<string, () => Span>> = {
    ArrowLeft: () => within({ from: span.from - step, to: span.to - step }, whole),
    ArrowRight: () => within({ from: span.from + step, to: span.to + step }, whole),
    ArrowUp: () => zoomed(span, whole, (span.from + span.to) / 2, 0.8),
    ArrowDown: () => zoomed(span, whole, (span.from + span.to) / 2, 1.25),
    Home: () => whole,
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={words.timeline.brush}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round((100 * (span.from - whole.from)) / (whole.to - whole.from))}
      className="relative h-6 touch-none bg-sunken"
      onKeyDown={(event) => {
        const next = keys[event.key];
        if (!next) return;
        event.preventDefault();
        event.stopPropagation();
        onChange(next());
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = at(event);
      }}
      onPointerMove={(event) => {
        if (from.current === null) return;
        const to = at(event);
        if (Math.abs(to - from.current) > (whole.to - whole.from) / 100) onChange({ from: Math.min(from.current, to), to: Math.max(from.current, to) });
      }}
      onPointerUp={() => {
        from.current = null;
      }}
      onDoubleClick={() => onChange(whole)}
    >
      <svg width={width} height={height} aria-hidden="true" className="absolute inset-0 text-state-running">
        <path d={drawn} stroke="currentColor" strokeWidth={Math.max(1, line * 0.6)} />
      </svg>
      <div className="absolute inset-y-0 left-0 bg-canvas opacity-70" style={{ width: left }} />
      <div className="absolute inset-y-0 right-0 bg-canvas opacity-70" style={{ width: Math.max(0, width - right) }} />
      <div className="pointer-events-none absolute inset-y-0 border-x-2 border-accent" style={{ left, width: Math.max(4, right - left) }} />
    </div>
  );
}
