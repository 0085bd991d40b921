/** The list of questions, like a triage: what ends soonest comes first. */
import type { ApprovalSummary } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { approvals as words } from "~/lib/strings/approvals";
import { Chip, StatusChip } from "~/ui/chip";
import { cx } from "~/ui/cx";
import { RelativeTime } from "~/ui/relative-time";
import { Countdown } from "./countdown.tsx";

export interface InboxProps {
  items: readonly ApprovalSummary[];
  current: string | null;
  selected: ReadonlySet<string>;
  onOpen: (id: string) => void;
  onSelect: (id: string) => void;
}

export function Inbox({ items, current, selected, onOpen, onSelect }: InboxProps): ReactElement {
  return (
    <ul aria-label={words.list} className="min-h-0 flex-1 overflow-y-auto">
      {items.map((item) => (
        <li key={item.id} className={cx("flex items-start border-b border-line", item.id === current && "bg-accent-soft")}>
          {item.decided_at === null && item.may_decide ? (
            <label className="flex self-stretch px-3 pt-4">
              <span className="sr-only">{item.title}</span>
              <input type="checkbox" checked={selected.has(item.id)} onChange={() => onSelect(item.id)} className="size-4 accent-accent" />
            </label>
          ) : (
            <span className="w-3 shrink-0" />
          )}
          <button type="button" aria-current={item.id === current ? "true" : undefined} data-item={item.id} onClick={() => onOpen(item.id)} className="flex min-w-0 flex-1 flex-col gap-1 py-3 pr-3 text-left -outline-offset-2 hover:bg-hover">
            <span className="truncate text-sm font-medium">{item.title}</span>
            <span className="flex gap-1 text-xs text-muted">
              <span className="min-w-0 truncate">{item.workflow_name}</span>
              <RelativeTime at={item.created_at} className="shrink-0" />
            </span>
            <span className="flex flex-wrap items-center gap-1.5">
              {item.decided_at === null ? <Countdown at={item.expires} /> : <StatusChip status={item.outcome === "approved" ? "done" : item.outcome === "rejected" ? "failed" : "cancelled"}>{words.decisions[item.outcome as keyof typeof words.decisions] ?? item.outcome}</StatusChip>}
              {item.required > 1 ? <Chip>{words.count(item.answered.length, item.required)}</Chip> : null}
              {item.simulated ? <Chip tone="simulated">Simulated</Chip> : null}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
