/** The frame of the builder: palette, the views in the middle, inspector, and the dock below. */
import { PanelLeft, PanelRight, X } from "lucide-react";
import { type ReactElement, type ReactNode, type RefObject, useEffect, useRef, useSyncExternalStore } from "react";
import { shownKeys } from "~/lib/commands";
import { builder as say } from "~/lib/strings/builder";
import { IconButton } from "~/ui/button";
import { cx } from "~/ui/cx";
import { Splitter } from "~/ui/splitter";
import { Inspector } from "../inspector/index.tsx";
import type { EditorView } from "../model/index.ts";
import { TextView } from "../text/index.tsx";
import { ClosedDock, Dock } from "../trials/dock.tsx";
import { type Panels, useWide, type View } from "./use-panels.ts";

export interface LayoutProps {
  view: EditorView;
  panels: Panels;
  region: RefObject<HTMLDivElement | null>;
  canvas: ReactNode;
  outline: ReactNode;
  palette: ReactNode;
  /** Brings a step into view on the canvas. */
  show: (key: string) => void;
  /** Versions and restore points, in the dock. */
  past: ReactNode;
  /** What opens over the middle. */
  lists: ReactNode;
}

const views: readonly { id: View; label: string }[] = [
  { id: "canvas", label: say.page.canvas },
  { id: "outline", label: say.page.outline },
  { id: "text", label: say.page.text },
  { id: "split", label: say.page.split },
];

export function Layout({ view, panels, region, canvas, outline, palette, show, past, lists }: LayoutProps): ReactElement {
  const open = panels.view;
  useFollowingFocus(open, region);
  const centre = (
    <section ref={region} aria-label={say.page.views} data-region tabIndex={-1} className="relative flex min-h-0 min-w-0 flex-1 flex-col outline-none">
      {open === "canvas" ? <div className="min-h-0 flex-1">{canvas}</div> : null}
      {open === "outline" ? <div className="min-h-0 flex-1 bg-surface pt-14">{outline}</div> : null}
      {open === "text" ? <div className="min-h-0 flex-1 bg-surface pt-12"><TextView view={view} /></div> : null}
      {open === "split" ? <Split canvas={canvas} text={<TextView view={view} show={show} />} /> : null}
      <Switches panels={panels} />
      {lists}
    </section>
  );
  const middle = (
    <Splitter
      name="dock"
      label={say.page.dockHeight}
      direction="column"
      sized="second"
      initial={280}
      min={96}
      max={600}
      className="min-h-0 min-w-0 flex-1"
      first={centre}
      second={panels.dock ? <Dock view={view} panels={panels} past={past} /> : null}
      folded={<ClosedDock problems={view.problems.length} panels={panels} />}
    />
  );
  const narrow = useNarrow();
  const inspector = (
    <aside aria-label={say.page.inspector} data-region tabIndex={-1} className="h-full overflow-y-auto bg-surface outline-none">
      <Inspector view={view} />
    </aside>
  );
  // One frame whatever is open: a panel that comes or goes leaves the views, and the focus in them, where they are.
  return (
    <div className="relative flex min-h-0 flex-1">
      {panels.palette && !narrow ? <div className="hidden w-70 shrink-0 xl:block">{palette}</div> : null}
      <Splitter name="inspector" label={say.page.inspectorWidth} sized="second" initial={400} min={320} max={720} className="min-h-0 flex-1" first={middle} second={panels.inspector && !narrow ? inspector : null} />
      {narrow && panels.inspector && view.selection.nodes.length > 0 ? <Sheet view={view} /> : null}
    </div>
  );
}

/** The graph and its text beside each other, with one selection. */
function Split({ canvas, text }: { canvas: ReactNode; text: ReactNode }): ReactElement {
  return <Splitter name="text" label={say.page.textWidth} sized="second" initial={440} min={280} max={1000} className="min-h-0 flex-1" first={canvas} second={<div className="h-full bg-surface pt-12">{text}</div>} />;
}

/** Focus that was in a view goes over to the one that took its place. */
function useFollowingFocus(open: View, region: LayoutProps["region"]): void {
  const before = useRef(open);
  useEffect(() => {
    const box = region.current;
    const changed = before.current !== open;
    before.current = open;
    if (!changed || box === null || (document.activeElement !== null && document.activeElement !== document.body)) return;
    (box.querySelector<HTMLElement>("[role=treeitem][tabindex='0'], [role=application], [data-first] button") ?? box).focus();
  }, [open, region]);
}

/** The inspector over the rest, where there is no room beside it. */
function Sheet({ view }: { view: EditorView }): ReactElement {
  return (
    <aside aria-label={say.page.inspector} data-region tabIndex={-1} className="absolute inset-y-0 right-0 z-20 flex w-full flex-col border-l border-line bg-surface shadow-float outline-none sm:w-100">
      <div className="flex justify-end px-2 pt-2">
        <IconButton icon={X} label={say.page.closeInspector} onClick={() => view.dispatch({ type: "select", selection: {} })} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Inspector view={view} />
      </div>
    </aside>
  );
}

const narrowScreen = matchMedia("(max-width: 1023px)");

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrowScreen.addEventListener("change", listener);
      return () => narrowScreen.removeEventListener("change", listener);
    },
    () => narrowScreen.matches,
  );
}

function Switches({ panels }: { panels: Panels }): ReactElement {
  const room = useWide();
  return (
    <div className="absolute top-3 right-3 left-3 z-10 flex items-start justify-between pointer-events-none [&>*]:pointer-events-auto">
      <fieldset className="flex items-center rounded-md border border-line bg-surface p-0.5 text-xs shadow-float">
        <legend className="sr-only">{say.page.views}</legend>
        <IconButton icon={PanelLeft} label={say.page.palette} small pressed={panels.palette} className="hidden xl:inline-flex" onClick={() => panels.set({ palette: !panels.palette })} />
        {views.filter(({ id }) => id !== "split" || room).map(({ id, label }) => (
          <button key={id} type="button" aria-pressed={panels.view === id} className={cx("h-7 rounded px-2.5 font-medium", panels.view === id ? "bg-accent-soft text-accent" : "text-muted hover:bg-hover")} onClick={() => panels.set({ view: id })}>
            {label}
          </button>
        ))}
      </fieldset>
      <div className="rounded-md border border-line bg-surface p-0.5 shadow-float">
        <IconButton icon={PanelRight} label={say.page.inspector} keys={shownKeys("view.inspector")} small pressed={panels.inspector} onClick={() => panels.set({ inspector: !panels.inspector })} />
      </div>
    </div>
  );
}
