/** The rows of the timeline that are seen. */
import type { KeyboardEvent, ReactElement } from "react";
import { statusLooks, statusTexts } from "~/ui/chip";
import { cx } from "~/ui/cx";
import { duration, percent } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { KindIcon } from "~/ui/kind-icon";
import { useNodeState, useRun, useShown, useTicking } from "../context.ts";
import type { Critical } from "../model/critical.ts";
import type { Box, Layout, Row as RowModel } from "../model/layout.ts";
import { lookOf } from "../model/look.ts";
import { Bar } from "./bar.tsx";

export interface RowsProps {
  layout: Layout;
  box: Box;
  stacked: boolean;
  path: Critical | null;
  total: number;
  onKeyDown: (event: KeyboardEvent) => void;
  onOpen: () => void;
  onFit: (from: number, to: number) => void;
}

export function Rows({ layout, box, stacked, path, total, onKeyDown, onOpen, onFit }: RowsProps): ReactElement {
  const { selected } = useRun();
  const first = layout.rows[0]?.node;
  const focusable = layout.rows.some((row) => row.node === selected) ? selected : first;
  return (
    <div role="tree" aria-label={words.timeline.label} onKeyDown={onKeyDown} className="relative" style={{ height: layout.height }}>
      {layout.axis.bands.map((band) => (
        <div key={band.from} aria-hidden className="hatched absolute inset-y-0 text-edge opacity-30" style={{ left: box.gutter + band.x, width: band.width }} />
      ))}
      {layout.ticks.map(({ x, after }) => (
        <div key={after} aria-hidden className="absolute inset-y-0 w-px bg-line" style={{ left: box.gutter + x }} />
      ))}
      {layout.rows.map((row) => (
        <Row key={row.node} row={row} box={box} stacked={stacked} path={path} total={total} focusable={row.node === focusable} onOpen={onOpen} onFit={onFit} />
      ))}
    </div>
  );
}

interface RowProps extends Omit<RowsProps, "layout" | "onKeyDown"> {
  row: RowModel;
  focusable: boolean;
}

function Row({ row, box, stacked, path, total, focusable, onOpen, onFit }: RowProps): ReactElement {
  const { nameOf, selected, select, detail } = useRun();
  const { status } = useShown().state;
  const node = useNodeState(row.node);
  const now = useTicking(node?.status === "running" || node?.status === "retrying");
  const look = lookOf(node, status, now);
  const { icon: Glyph } = statusLooks[look.status];
  const name = nameOf(row.node);
  const step = path?.steps.find((each) => each.node === row.node);
  const kind = detail.graph?.nodes.find((each) => each.id === row.node)?.type ?? "";
  const said = `${name}, ${look.word}${step ? `, ${words.inspector.timing.self} ${duration(step.self)}, ${percent(step.share)}` : ""}`;
  return (
    <div
      role="treeitem"
      aria-level={1}
      aria-posinset={row.index + 1}
      aria-setsize={total}
      aria-selected={selected === row.node}
      aria-label={said}
      tabIndex={focusable ? 0 : -1}
      ref={(element) => {
        if (element && selected === row.node && document.activeElement?.closest('[role="tree"]')) element.focus();
      }}
      onClick={() => select(row.node)}
      onDoubleClick={() => {
        const [begin, end] = [row.bars[0]?.from, row.bars.at(-1)?.to];
        if (begin !== undefined && end !== undefined) onFit(begin, end);
        else onOpen();
      }}
      className={cx("absolute inset-x-0 flex cursor-pointer -outline-offset-2 hover:bg-hover", stacked ? "flex-col" : "items-center", selected === row.node && "bg-accent-soft", path && !step && "opacity-50")}
      style={{ top: row.y, height: box.row }}
    >
      <div className={cx("flex min-w-0 shrink-0 items-center gap-2 px-3 text-xs", stacked && "h-6 pt-1")} style={stacked ? {} : { width: box.gutter }}>
        <Glyph size={14} aria-hidden className={cx("shrink-0", statusTexts[look.status])} />
        <KindIcon kind={kind} size={14} className="shrink-0 text-muted" />
        <span className="min-w-0 flex-1 truncate text-sm">{name}</span>
        <span className={cx("max-w-[55%] shrink-0 truncate", statusTexts[look.status])}>{look.word}</span>
      </div>
      <div className={cx("relative min-w-0 flex-1 self-stretch overflow-hidden", step && "border-b-[3px] border-accent", stacked && "mx-0")}>
        {row.bars.map((bar) => (
          <Bar key={`${bar.attempt} ${bar.from} ${bar.kind}`} bar={bar} name={name} tall={box.row === 44} />
        ))}
        {row.attempts.map((x) => (
          <div key={x} className="absolute inset-y-0.5 w-0.5 bg-ink" style={{ left: Math.min(x, Math.max(0, box.width - box.gutter - 2)) }} />
        ))}
      </div>
    </div>
  );
}
