/** One run in the list. */
import { Link } from "@tanstack/react-router";
import type { ExecutionSummary } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { count, duration, microdollars } from "~/lib/format";
import { history as words } from "~/lib/strings/history";
import { Chip, StatusChip, statusOf } from "~/ui/chip";
import { cx } from "~/ui/cx";
import { RelativeTime } from "~/ui/relative-time";

export const rowHeight = 44;
export const narrowHeight = 76;
/** Widths of the columns, shared with the head. */
export const grid = "sm:grid sm:grid-cols-[28px_150px_minmax(200px,1.6fr)_minmax(100px,1.2fr)_90px_110px_80px] md:grid-cols-[28px_150px_minmax(220px,1.8fr)_minmax(100px,1fr)_100px_100px_70px_110px] sm:items-center sm:gap-3";

export interface RunRowProps {
  run: ExecutionSummary;
  selected: boolean;
  onSelect: () => void;
}

export function RunRow({ run, selected, onSelect }: RunRowProps): ReactElement {
  const tokens = run.usage ? (run.usage.input_tokens ?? 0) + (run.usage.output_tokens ?? 0) : 0;
  const used = [tokens > 0 ? `${count(tokens)} tok` : "", run.usage?.cost == null ? "" : microdollars(run.usage.cost)].filter(Boolean).join(" · ");
  return (
    <>
      <span role="gridcell" className="hidden sm:block">
        <input type="checkbox" aria-label={`${words.columns.select} ${run.id}`} tabIndex={-1} checked={selected} onChange={onSelect} onClick={(event) => event.stopPropagation()} className="size-4 accent-accent" />
      </span>
      <span role="gridcell" className="flex items-center gap-2 sm:block">
        <StatusChip status={statusOf(run.status === "compensating" ? "running" : run.status)}>{words.statuses[run.status]}</StatusChip>
        <RelativeTime at={run.created_at} className="text-xs text-muted sm:hidden" />
      </span>
      <span role="gridcell" className="flex min-w-0 items-center gap-2">
        <Link to="/runs/$id" params={{ id: run.id }} tabIndex={-1} className="min-w-0 truncate font-medium hover:underline" onClick={(event) => event.stopPropagation()}>
          {run.workflow_name || run.id}
        </Link>
        {run.simulated ? (
          <Chip tone="simulated" className="shrink-0">
            <span className="sm:sr-only 2xl:not-sr-only">{words.simulated}</span>
          </Chip>
        ) : null}
        {run.imported ? <Chip>{words.imported}</Chip> : null}
      </span>
      <span role="gridcell" className={cx("block min-w-0 truncate text-sm", run.error ? "text-danger" : "text-muted")}>
        {whatOf(run)}
      </span>
      <span role="gridcell" className="hidden truncate text-xs text-muted sm:block">
        {words.triggers[run.trigger as keyof typeof words.triggers] ?? run.trigger}
      </span>
      <span role="gridcell" className="hidden truncate text-xs text-muted sm:block">
        <RelativeTime at={run.created_at} />
      </span>
      <span role="gridcell" className="hidden text-right text-xs sm:block">
        {run.duration_ms === null ? "" : duration(run.duration_ms)}
      </span>
      <span role="gridcell" className="hidden truncate text-right text-xs text-muted md:block">
        {used}
      </span>
    </>
  );
}

/** Why it stands where it stands, else its keys. */
export function whatOf(run: ExecutionSummary): string {
  if (run.error) return run.error.detail;
  if (run.waiting_for) return words.waiting(run.waiting_for);
  if (run.keys.length > 0) return run.keys.join(", ");
  return run.current_node && !run.finished_at ? words.at(run.current_node) : run.id;
}
