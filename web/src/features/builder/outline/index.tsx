/** The workflow as a tree: everything that the canvas shows, read from top to bottom and worked on by keyboard. */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { Plus } from "lucide-react";
import { type KeyboardEvent, type ReactElement, type RefObject, useMemo, useRef, useState } from "react";
import type { CommandId } from "~/lib/commands.ts";
import type { Handlers } from "~/lib/keyboard.ts";
import { outline as words } from "~/lib/strings/outline.ts";
import { Button } from "~/ui/button.tsx";
import type { CanvasApi } from "../canvas/use-canvas-api.ts";
import { type EditorView, type NodeKey, outlineOf } from "../model/index.ts";
import { useStepMenu } from "../trials/step-menu.tsx";
import { Item, rowHeight } from "./item.tsx";
import { moved, type Row, rowsOf, visible } from "./rows.ts";
import { useHeldFocus } from "./use-held-focus.ts";
import { useOutlineApi } from "./use-outline-api.ts";

export interface OutlineProps {
  readonly view: EditorView;
  /** What the page asks of whichever view is open. */
  readonly api: RefObject<CanvasApi | null>;
  readonly handlers: Handlers;
  /** Opens the list of steps for the first one. */
  readonly onAdd: () => void;
}

/** WAI-ARIA's tree: one stop for Tab, arrows inside. Selecting here selects on the canvas as well. */
export function Outline({ view, api, handlers, onAdd }: OutlineProps): ReactElement {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(outlineOf(view.document, view.catalog), view), [view]);
  const shown = useMemo(() => visible(rows, closed), [rows, closed]);
  const [active, setActive] = useState<string | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const here = indexOf(shown, active, view.selection.nodes.at(-1));
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoises this component
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialRect: { width: 400, height: 600 },
    // The row in focus stays in the document however far one scrolls.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), ...(here < shown.length ? [here] : [])])].toSorted((one, other) => one - other),
  });
  const go = (index: number, extend: boolean): void => {
    const row = shown[Math.max(0, Math.min(shown.length - 1, index))];
    if (row === undefined) return;
    setActive(row.item.id);
    virtual.scrollToIndex(shown.indexOf(row));
    select(view, row.node, extend);
  };
  useHeldFocus(frame, here);
  useOutlineApi(api, frame, {
    here: shown[here],
    rows,
    reach: (row) => {
      if (!shown.includes(row)) setClosed(new Set());
      setActive(row.item.id);
      if (shown.includes(row)) virtual.scrollToIndex(shown.indexOf(row));
    },
  });
  const menu = useStepMenu((id: CommandId) => handlers[id]?.(new KeyboardEvent("keydown")), handlers);
  const typed = useTypeAhead(shown, here, (index) => go(index, false));
  const press = (event: KeyboardEvent): void => {
    const to = moved(event.key, shown, here, closed);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return typed(event);
    event.preventDefault();
    if (to.closed !== undefined) setClosed(to.closed);
    go(to.index, event.shiftKey && event.key !== "*");
  };
  /** Enter on a way goes where it leads. It comes before the keys of the page, to which Enter opens the step. */
  const follow = (event: KeyboardEvent): void => {
    const row = shown[here];
    if (event.key !== "Enter" || row?.item.kind !== "jump" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const step = shown.findIndex((each) => each.item.kind === "step" && each.node === row.node);
    if (step >= 0) go(step, false);
  };
  if (rows.length === 0) return <Nothing frame={frame} onAdd={onAdd} />;
  return (
    <div ref={frame} className="h-full">
      <div ref={scroller} role="tree" aria-label={words.label} aria-multiselectable="true" tabIndex={-1} className="h-full overflow-y-auto p-2" onKeyDown={press} onKeyDownCapture={follow}>
        <div role="none" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = shown[index];
            if (row === undefined) return null;
            return (
              <Item
                key={row.item.id}
                row={row}
                top={start}
                focusable={index === here}
                selected={row.item.kind === "step" && view.selection.nodes.includes(row.node)}
                open={row.parts === 0 ? undefined : !closed.has(row.item.id)}
                onPress={(extend) => go(index, extend)}
                onMenu={(event) => {
                  go(index, false);
                  menu.open(event);
                }}
                onToggle={() => setClosed(toggled(closed, row.item.id))}
              />
            );
          })}
        </div>
      </div>
      {menu.element}
    </div>
  );
}

function Nothing({ frame, onAdd }: { frame: RefObject<HTMLDivElement | null>; onAdd: () => void }): ReactElement {
  return (
    <div ref={frame} data-first className="flex flex-col items-start gap-3 p-6">
      <p className="text-sm text-muted">{words.empty}</p>
      <Button icon={Plus} variant="primary" onClick={onAdd}>
        {words.first}
      </Button>
    </div>
  );
}

function indexOf(shown: readonly Row[], active: string | null, selected: NodeKey | undefined): number {
  const own = shown.findIndex((row) => row.item.id === active);
  if (own >= 0 && (selected === undefined || shown[own]?.node === selected)) return own;
  return Math.max(0, shown.findIndex((row) => row.item.kind === "step" && row.node === selected));
}

function select(view: EditorView, node: NodeKey, extend: boolean): void {
  const nodes = extend ? [...view.selection.nodes.filter((key) => key !== node), node] : [node];
  view.dispatch({ type: "select", selection: { nodes } });
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

const patience = 700;

/** Letters in quick succession go to the next step whose name begins with them; a single letter may be a command of the page first. */
function useTypeAhead(shown: readonly Row[], here: number, go: (index: number) => void): (event: KeyboardEvent) => void {
  const typed = useRef({ text: "", at: 0 });
  return (event) => {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const going = event.timeStamp - typed.current.at < patience ? typed.current.text : "";
    typed.current = { text: going + event.key.toLowerCase(), at: event.timeStamp };
    if (typed.current.text.length < 2) return;
    const order = [...shown.slice(here), ...shown.slice(0, here)];
    const found = order.find((row) => row.title.toLowerCase().startsWith(typed.current.text));
    if (found !== undefined) go(shown.indexOf(found));
  };
}
