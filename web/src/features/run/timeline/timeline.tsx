/** When each step did what: one row a step, all attempts on it. */
import { type KeyboardEvent, type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useCommands } from "~/lib/keyboard";
import { run as words } from "~/lib/strings/run";
import { Loading } from "~/ui/states";
import { useRun, useShown, useTicking } from "../context.ts";
import { foldable, idle, type Span } from "../model/axis.ts";
import type { Critical } from "../model/critical.ts";
import { layout, within, zoomed } from "../model/layout.ts";
import { spanOf } from "../model/tracks.ts";
import { Brush } from "./brush.tsx";
import { Rows } from "./rows.tsx";
import { Scale } from "./scale.tsx";
import "./timeline.css";
import { Tools } from "./tools.tsx";
import { useBox } from "./use-box.ts";

const headRoom = 1.05;

export interface TimelineProps {
  path: Critical | null;
  critical: boolean;
  onCritical: (on: boolean) => void;
  onOpen: () => void;
}

/** Reads the log first: what is drawn measures itself when it is there. */
export function Timeline(props: TimelineProps): ReactElement {
  const { store } = useRun();
  const { state, complete } = useShown();
  // Where the tracks lack something again, as after a gap, the log is read again.
  useEffect(() => (complete ? undefined : store.readAll()), [store, complete]);
  if (complete || store.tracks.head > 0 || state.head === 0) return <Chart {...props} />;
  return (
    <div className="p-4">
      <Loading label={words.timeline.loading} />
    </div>
  );
}

function Chart({ path, critical, onCritical, onOpen }: TimelineProps): ReactElement {
  const { store, order, selected, select } = useRun();
  const { state, complete, revision } = useShown();
  const going = store.tracks.endedAt === null && !["completed", "failed", "cancelled"].includes(state.status);
  const now = useTicking(going, 500);
  const frame = useRef<HTMLDivElement>(null);
  const region = useRef<HTMLElement>(null);
  const { width, height, scroll } = useBox(frame);
  const [own, setOwn] = useState<Span | null>(null);
  const [queued, setQueued] = useState(false);
  const [compressed, setCompressed] = useState(false);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const whole = useWhole(now, going, revision);
  const span = own ? within(own, whole) : whole;
  const { from, to } = whole;
  const gaps = useMemo(() => (complete ? idle(store.tracks, { from, to }) : []), [store, complete, from, to]);
  const folded = compressed ? gaps.filter((gap) => !opened.has(gap.from)) : [];
  const coarse = useCoarse();
  const stacked = width < 480;
  const box = { width: Math.max(width, 1), height, row: stacked ? 48 : coarse ? 44 : 28, gutter: stacked ? 0 : gutterOf(width) };
  const shown = order.filter((node) => state.nodes.has(node) || store.tracks.byNode.has(node));
  const drawn = layout({ tracks: store.tracks, order: shown }, box, { span, scroll, folded, queued, now });
  const follow = useCallback(() => setOwn(null), []);
  useCommands("run", { "run.follow": follow, "run.queue": () => setQueued(!queued) }, region);
  useWheel(frame, (x, factor) => setOwn(zoomed(span, whole, drawn.axis.time(x - box.gutter), factor)));

  const press = (event: KeyboardEvent): void => {
    const at = shown.indexOf(selected ?? "");
    const next = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: shown.length - 1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && selected) onOpen();
    else if (next !== undefined) select(shown[Math.min(next, shown.length - 1)] ?? null);
    else return;
    event.preventDefault();
  };

  return (
    <section ref={region} aria-label={words.timeline.label} className="flex min-h-0 flex-1 flex-col">
      <Tools
        path={path}
        critical={critical}
        queued={queued}
        zoomed={own !== null}
        going={going}
        fold={foldable(gaps, whole) ?? (compressed ? 0 : null)}
        whole={whole}
        compressed={compressed}
        onCritical={onCritical}
        onQueued={setQueued}
        onAll={follow}
        onCompress={(on) => {
          setCompressed(on);
          setOpened(new Set());
        }}
      />
      <div className="flex shrink-0 border-b border-line">
        <div className="shrink-0" style={{ width: box.gutter }} />
        <div className="min-w-0 flex-1">
          <Brush tracks={store.tracks} order={shown} whole={whole} span={span} width={Math.max(1, box.width - box.gutter)} onChange={setOwn} />
          <Scale layout={drawn} onOpen={(from) => setOpened(new Set([...opened, from]))} />
        </div>
      </div>
      <div ref={frame} className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto">
        {shown.length === 0 ? <p className="p-4 text-sm text-muted">{words.timeline.empty}</p> : null}
        <Rows layout={drawn} box={box} stacked={stacked} path={critical ? path : null} total={shown.length} onKeyDown={press} onOpen={onOpen} onFit={(from, to) => setOwn(within({ from, to: Math.max(to, from + 1) }, whole))} />
      </div>
    </section>
  );
}

function useWhole(now: number, going: boolean, revision: number): Span {
  const { store } = useRun();
  return useMemo(() => {
    const { from, to } = spanOf(store.tracks, now);
    return { from, to: going ? from + (to - from) * headRoom : to };
    // oxlint-disable-next-line react/exhaustive-deps -- the tracks grow in place; the revision says when
  }, [store, now, going, revision]);
}

function gutterOf(width: number): number {
  return Math.min(Math.max(200, Math.round(width * 0.28)), 360, Math.round(width * 0.6));
}

function useCoarse(): boolean {
  const [coarse, setCoarse] = useState(() => matchMedia("(pointer: coarse)").matches);
  useEffect(() => {
    const query = matchMedia("(pointer: coarse)");
    const change = (): void => setCoarse(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return coarse;
}

/** With Ctrl held the wheel zooms where the pointer is; React's own listeners cannot keep the page from zooming. */
function useWheel(frame: React.RefObject<HTMLDivElement | null>, zoom: (x: number, factor: number) => void): void {
  const latest = useRef(zoom);
  useEffect(() => {
    latest.current = zoom;
  });
  useEffect(() => {
    const target = frame.current;
    const wheel = (event: WheelEvent): void => {
      if (!target || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      latest.current(event.clientX - target.getBoundingClientRect().left, event.deltaY > 0 ? 1.25 : 0.8);
    };
    target?.addEventListener("wheel", wheel, { passive: false });
    return () => target?.removeEventListener("wheel", wheel);
  }, [frame]);
}
