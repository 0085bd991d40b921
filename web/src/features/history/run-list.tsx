/** The list of runs: as many rows as are seen, whatever there is; `J`, `K` and the arrows move, `Enter` opens, `X` selects. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useNavigate } from "@tanstack/react-router";
import type { ExecutionSummary } from "@tenuto/react/api";
import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { history as words } from "~/lib/strings/history";
import { cx } from "~/ui/cx";
import { useNarrow } from "~/ui/use-narrow";
import { RunRow, grid, narrowHeight, rowHeight } from "./run-row.tsx";

export interface RunListProps {
  runs: readonly ExecutionSummary[];
  more: boolean;
  fetching: boolean;
  onMore: () => void;
  selected: ReadonlySet<string>;
  onSelect: (id: string) => void;
}

const ahead = 20;

export function RunList({ runs, more, fetching, onMore, selected, onSelect }: RunListProps): ReactElement {
  "use no memo";
  const navigate = useNavigate();
  const narrow = useNarrow(640);
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<string | null>(null);
  const size = narrow ? narrowHeight : rowHeight;
  const virtual = useVirtualizer({ count: runs.length, getScrollElement: () => scroller.current, estimateSize: () => size, getItemKey: (index) => runs[index]?.id ?? index, overscan: 8 });
  useEffect(() => virtual.measure(), [virtual, size]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !fetching && last >= runs.length - ahead) onMore();
  }, [more, fetching, last, runs.length, onMore]);
  const current = runs.findIndex((run) => run.id === at);

  const go = (index: number): void => {
    const run = runs[Math.min(Math.max(index, 0), runs.length - 1)];
    if (!run) return;
    setAt(run.id);
    virtual.scrollToIndex(runs.indexOf(run));
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-run="${CSS.escape(run.id)}"]`)?.focus());
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
    const run = runs[current];
    const to = { j: current + 1, ArrowDown: current + 1, k: current - 1, ArrowUp: current - 1, Home: 0, End: runs.length - 1, PageDown: current + 10, PageUp: current - 10 }[event.key];
    if (to !== undefined) go(to);
    else if (event.key === "Enter" && run) void navigate({ to: "/runs/$id", params: { id: run.id } });
    else if ((event.key === "x" || event.key === " ") && run) onSelect(run.id);
    else return;
    event.preventDefault();
  };

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div aria-hidden className={cx("hidden shrink-0 border-b border-line bg-surface px-4 py-2 text-xs font-medium text-muted", grid)}>
        <span />
        <span>{words.columns.status}</span>
        <span>{words.columns.workflow}</span>
        <span>{words.columns.what}</span>
        <span>{words.columns.trigger}</span>
        <span>{words.columns.started}</span>
        <span className="text-right">{words.columns.took}</span>
        <span className="hidden text-right md:block">{words.columns.used}</span>
      </div>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto bg-surface">
        <div role="grid" tabIndex={-1} aria-label={words.title} aria-multiselectable aria-rowcount={more ? -1 : runs.length} onKeyDown={press} className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const run = runs[item.index];
            if (!run) return null;
            const focusable = at === null || current === -1 ? item.index === 0 : run.id === at;
            return (
              <div
                key={item.key}
                role="row"
                aria-selected={selected.has(run.id)}
                aria-rowindex={item.index + 1}
                tabIndex={focusable ? 0 : -1}
                data-run={run.id}
                onFocus={() => setAt(run.id)}
                onClick={() => void navigate({ to: "/runs/$id", params: { id: run.id } })}
                className={cx("absolute inset-x-0 flex cursor-pointer flex-col justify-center gap-0.5 border-b border-line px-4 -outline-offset-2 hover:bg-hover", grid, selected.has(run.id) && "bg-accent-soft")}
                style={{ top: item.start, height: item.size }}
              >
                <RunRow run={run} selected={selected.has(run.id)} onSelect={() => onSelect(run.id)} />
              </div>
            );
          })}
        </div>
        <p role="status" className="px-4 py-3 text-center text-xs text-muted">
          {fetching ? words.more : more ? words.loaded(runs.length) : words.end}
        </p>
      </div>
    </div>
  );
}
