/** The page of a run: verdict, one of three views, and the step that is selected. */
import { Activity, List, Workflow } from "lucide-react";
import { type ReactElement, Suspense, useEffect, useMemo, useState } from "react";
import { useAddress } from "~/lib/address";
import { useCommands } from "~/lib/keyboard";
import { later } from "~/lib/later";
import { run as words } from "~/lib/strings/run";
import { Button } from "~/ui/button";
import { PageFrame } from "~/ui/page-frame";
import { Splitter } from "~/ui/splitter";
import { Loading } from "~/ui/states";
import { useRun, useShown } from "./context.ts";
import { Actions } from "./head/actions.tsx";
import { Banners } from "./head/banners.tsx";
import { ConnectionChip } from "./head/connection-chip.tsx";
import { VerdictLine } from "./head/verdict-line.tsx";
import { critical as criticalOf } from "./model/critical.ts";
import { isNarrow, useNarrow } from "~/ui/use-narrow";
import { useNeighbours } from "./use-neighbours.ts";
import "./run.css";

const Canvas = later(() => import("./canvas/canvas.tsx"), "Canvas");
const EventsView = later(() => import("./events/events-view.tsx"), "EventsView");
const Inspector = later(() => import("./inspector/inspector.tsx"), "Inspector");
const Timeline = later(() => import("./timeline/timeline.tsx"), "Timeline");

/** Pixels below which a canvas has no room. */
const phone = 640;
// What is looked at first comes beside the page and not after it.
void (isNarrow(phone) ? import("./timeline/timeline.tsx") : import("./canvas/canvas.tsx")).catch(() => undefined);

const views = ["canvas", "timeline", "events"] as const;
type View = (typeof views)[number];
const icons = { canvas: Workflow, timeline: Activity, events: List };
/** Events up to which the log is read at once; a longer one when the timeline is looked at. */
const atOnce = 2_000;

export function RunPage(): ReactElement {
  const { detail, store, selected, select } = useRun();
  const { state, revision } = useShown();
  const [address, change] = useAddress();
  const narrow = useNarrow(phone);
  const sheet = useNarrow(1024);
  const [critical, setCritical] = useState(false);
  // A canvas has no room on a phone; what was asked for by address is shown all the same.
  const view: View = views.find((each) => each === address["view"]) ?? (narrow || !detail.graph ? "timeline" : "canvas");
  const path = useMemo(
    () => criticalOf(state, detail.graph, store.tracks.startedAt ?? dateOf(detail.started_at), store.tracks.endedAt ?? dateOf(detail.finished_at)),
    // oxlint-disable-next-line react/exhaustive-deps -- the state grows in place; its revision says when
    [state, detail, store, revision],
  );
  useEffect(() => {
    if (detail.head <= atOnce) store.readAll();
  }, [store, detail.head]);
  useErrors();
  useNeighbours();
  useCommands("run", { "run.critical": () => setCritical(!critical) });
  useEscape(() => select(null), selected !== null);
  const open = (): void => document.querySelector<HTMLElement>(`aside [role="tab"][data-state="active"]`)?.focus();

  const shown = {
    canvas: detail.graph ? <Canvas path={critical && path ? path.nodes : null} onOpen={open} /> : <p className="p-4 text-sm text-muted">{words.noGraph}</p>,
    timeline: <Timeline path={path} critical={critical} onCritical={setCritical} onOpen={open} />,
    events: <EventsView />,
  }[view];
  const centre = (
    <div className="flex min-h-0 flex-1 flex-col">
      <div role="group" aria-label={words.viewLabel} className="flex shrink-0 gap-1 border-b border-line bg-surface px-3 py-1.5">
        {views.map((each) => (
          <Button key={each} small variant="quiet" icon={icons[each]} pressed={view === each} onClick={() => change({ view: each })}>
            {words.views[each]}
          </Button>
        ))}
      </div>
      <div data-region tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
        <Suspense fallback={<Waiting />}>{shown}</Suspense>
      </div>
    </div>
  );
  const inspector = selected ? (
    <Suspense fallback={<Waiting />}>
      <Inspector key={selected} node={selected} path={path} />
    </Suspense>
  ) : null;
  return (
    <PageFrame title={words.title(detail.workflow_name)} heading={<p className="min-w-0 text-lg font-semibold max-sm:line-clamp-2 sm:truncate lg:max-w-[45%]">{detail.workflow_name}</p>} status={<ConnectionChip />} actions={<Actions />} fill>
      <VerdictLine />
      <Banners />
      {inspector && !sheet ? (
        <Splitter name="run-inspector" label={words.inspector.label} sized="second" initial={420} min={320} first={centre} second={inspector} className="flex-1" />
      ) : (
        <div className="relative flex min-h-0 flex-1 flex-col">
          {centre}
          {inspector ? <div className="absolute inset-y-0 right-0 z-20 flex w-full max-w-[30rem] flex-col border-l border-line shadow-float">{inspector}</div> : null}
        </div>
      )}
    </PageFrame>
  );
}

function Waiting(): ReactElement {
  return (
    <div className="flex-1 bg-surface p-4">
      <Loading />
    </div>
  );
}

/** `E` goes to the next step that failed. */
function useErrors(): void {
  const { store, order, selected, select } = useRun();
  const go = (by: 1 | -1): void => {
    const wrong = order.filter((id) => ["failed", "unknown"].includes(store.node(id)?.status ?? ""));
    const at = wrong.indexOf(selected ?? "");
    const next = at === -1 ? (by === 1 ? 0 : wrong.length - 1) : (at + by + wrong.length) % wrong.length;
    if (wrong[next] !== undefined) select(wrong[next]);
  };
  useCommands("run", { "run.error.next": () => go(1), "run.error.previous": () => go(-1) });
}

function useEscape(act: () => void, on: boolean): void {
  useEffect(() => {
    if (!on) return undefined;
    const press = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector('[role="dialog"], [role="menu"]')) act();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
}

function dateOf(at: string | null): number | null {
  return at === null ? null : Date.parse(at);
}
