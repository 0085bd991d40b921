/** The workflow as a tree: everything that the canvas shows, read from top to bottom and worked on by keyboard. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Ellipsis } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import type { CommandId } from "~/lib/commands.ts";
import type { Handlers } from "~/lib/keyboard.ts";
import { outline as words } from "~/lib/strings/outline.ts";
import { trials } from "~/lib/strings/trials.ts";
import { IconButton } from "~/ui/button.tsx";
import { Chip } from "~/ui/chip.tsx";
import { cx } from "~/ui/cx.ts";
import { type EditorView, type NodeKey, outlineOf } from "../model/index.ts";
import { useStepMenu } from "../trials/step-menu.tsx";
import { moved, type Row, rowsOf, visible } from "./rows.ts";

const height = 32;

export interface OutlineProps {
  readonly view: EditorView;
  readonly handlers: Handlers;
}

/** WAI-ARIA's tree: one stop for Tab, arrows inside. Selecting here selects on the canvas as well. */
export function Outline({ view, handlers }: OutlineProps): ReactElement {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(outlineOf(view.document, view.catalog), view), [view]);
  const shown = useMemo(() => visible(rows, closed), [rows, closed]);
  const [active, setActive] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const here = indexOf(shown, active, view.selection.nodes.at(-1));
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoises this component
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 12, initialRect: { width: 400, height: 600 } });
  const go = (index: number, extend: boolean): void => {
    const row = shown[Math.max(0, Math.min(shown.length - 1, index))];
    if (row === undefined) return;
    setActive(row.item.id);
    virtual.scrollToIndex(shown.indexOf(row));
    select(view, row.node, extend);
  };
  useGivenFocus(view, scroller, here);
  const menu = useStepMenu((id: CommandId) => handlers[id]?.(new KeyboardEvent("keydown")), handlers);
  const typed = useTypeAhead(shown, here, (index) => go(index, false));
  const press = (event: KeyboardEvent): void => {
    const to = moved(event.key, shown, here, closed);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return typed(event);
    event.preventDefault();
    if (to.closed !== undefined) setClosed(to.closed);
    go(to.index, event.shiftKey);
  };
  if (rows.length === 0) return <p className="p-6 text-sm text-muted">{words.empty}</p>;
  return (
    <div ref={scroller} role="tree" aria-label={words.label} aria-multiselectable="true" tabIndex={-1} className="h-full overflow-y-auto p-2" onKeyDown={press}>
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
      {menu.element}
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

/** The row in focus keeps it while the tree changes around it, and takes it where an edit wished so. */
function useGivenFocus(view: EditorView, scroller: React.RefObject<HTMLDivElement | null>, here: number): void {
  const done = useRef(0);
  const { focus } = view;
  useEffect(() => {
    const box = scroller.current;
    const wished = focus !== null && focus.serial !== done.current && focus.target.on === "card";
    if (wished) done.current = focus.serial;
    if (box !== null && (wished || box.contains(document.activeElement))) box.querySelector<HTMLElement>("[role=treeitem][tabindex='0']")?.focus({ preventScroll: true });
  }, [focus, scroller, here]);
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

interface ItemProps {
  readonly row: Row;
  readonly top: number;
  readonly focusable: boolean;
  readonly selected: boolean;
  readonly open: boolean | undefined;
  readonly onPress: (extend: boolean) => void;
  readonly onMenu: (event: MouseEvent) => void;
  readonly onToggle: () => void;
}

function Item({ row, top, focusable, selected, open, onPress, onMenu, onToggle }: ItemProps): ReactElement {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree around it hears the keys
    <div
      role="treeitem"
      title={row.spoken}
      aria-level={row.item.level}
      aria-setsize={row.size}
      aria-posinset={row.place}
      aria-selected={selected}
      aria-expanded={open}
      tabIndex={focusable ? 0 : -1}
      className={cx("absolute right-0 left-0 flex items-center gap-2 rounded pr-2 text-sm", selected ? "bg-accent-soft" : "hover:bg-hover")}
      style={{ top, height, paddingLeft: 8 + (row.item.level - 1) * 18 }}
      onClick={(event) => onPress(event.shiftKey || event.ctrlKey || event.metaKey)}
      onContextMenu={row.item.kind === "step" ? onMenu : undefined}
    >
      <span aria-hidden className="w-4 shrink-0 text-center text-faint" onClick={(event) => (event.stopPropagation(), onToggle())}>
        {open === undefined ? "" : open ? "▾" : "▸"}
      </span>
      <span className="flex min-w-0 flex-1 items-center gap-2">
        {row.item.kind === "step" ? <span className="w-6 shrink-0 text-right text-xs text-muted tabular-nums">{row.item.number}.</span> : null}
        <span className={cx("truncate", row.item.kind === "step" ? "font-medium" : "text-muted")}>{row.title}</span>
        {row.about === "" ? null : <span className="min-w-0 flex-1 truncate text-xs text-muted">{row.about}</span>}
        {row.pinned ? <Chip tone="pinned">{trials.pin.mark}</Chip> : null}
        {row.problems === 0 ? null : <span className="shrink-0 rounded-full bg-danger-soft px-1.5 text-xs text-danger">{words.problems(row.problems)}</span>}
      </span>
      {row.item.kind === "step" ? (
        <IconButton
          icon={Ellipsis}
          label={trials.menu.of(row.title)}
          small
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onMenu(event);
          }}
        />
      ) : null}
    </div>
  );
}
