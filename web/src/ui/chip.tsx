/** A word in a frame; and the states of runs and nodes as icon, word and border. */
import {
  Ban,
  Check,
  CircleDashed,
  CircleEllipsis,
  CircleHelp,
  CircleUserRound,
  CornerDownRight,
  FlaskConical,
  Hourglass,
  type LucideIcon,
  OctagonX,
  Pause,
  Pin,
  RefreshCw,
} from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";
import { RunningGlyph } from "./running-glyph.tsx";

/** Every state of design/ux.md, B3. */
export type StatusName =
  | "not-reached"
  | "queued"
  | "running"
  | "waiting"
  | "person"
  | "retrying"
  | "done"
  | "skipped"
  | "failed"
  | "unknown"
  | "paused"
  | "cancelled";

interface Look {
  word: string;
  icon: LucideIcon | typeof RunningGlyph;
  border: string;
}

export const statusLooks: Record<StatusName, Look> = {
  "not-reached": { word: "Not reached", icon: CircleDashed, border: "border text-state-not-reached" },
  queued: { word: "Queued", icon: CircleEllipsis, border: "border border-dotted text-state-queued" },
  running: { word: "Running", icon: RunningGlyph, border: "border-2 text-state-running" },
  waiting: { word: "Waiting", icon: Hourglass, border: "border-2 border-dashed text-state-waiting" },
  person: { word: "Needs a person", icon: CircleUserRound, border: "border-2 border-dashed text-state-person" },
  retrying: { word: "Retrying", icon: RefreshCw, border: "border-2 border-dotted text-state-retrying" },
  done: { word: "Done", icon: Check, border: "border text-state-done" },
  skipped: { word: "Skipped", icon: CornerDownRight, border: "border border-dashed text-state-skipped" },
  failed: { word: "Failed", icon: OctagonX, border: "border-2 text-state-failed" },
  unknown: { word: "Outcome unknown", icon: CircleHelp, border: "border-[3px] border-double text-state-unknown" },
  paused: { word: "Paused", icon: Pause, border: "border text-state-paused" },
  cancelled: { word: "Cancelled", icon: Ban, border: "border text-state-cancelled" },
};

/** The colour of a state, for a word or a glyph without a frame. */
export const statusTexts: Record<StatusName, string> = {
  "not-reached": "text-state-not-reached",
  queued: "text-state-queued",
  running: "text-state-running",
  waiting: "text-state-waiting",
  person: "text-state-person",
  retrying: "text-state-retrying",
  done: "text-state-done",
  skipped: "text-state-skipped",
  failed: "text-state-failed",
  unknown: "text-state-unknown",
  paused: "text-state-paused",
  cancelled: "text-state-cancelled",
};

const byApi: Record<string, StatusName> = {
  pending: "queued",
  queued: "queued",
  running: "running",
  waiting: "waiting",
  retrying: "retrying",
  completed: "done",
  skipped: "skipped",
  failed: "failed",
  unknown: "unknown",
  paused: "paused",
  cancelled: "cancelled",
};

/** The state that a status of the API is shown as; one that is not known is shown as not reached. */
export function statusOf(api: string | null | undefined): StatusName {
  return byApi[api ?? ""] ?? "not-reached";
}

export interface StatusChipProps {
  status: StatusName;
  /** Its own word with more: "Running 0:12". */
  children?: ReactNode;
  className?: string;
}

/** A state: glyph, word and border, so that colour is never the only cue. */
export function StatusChip({ status, children, className }: StatusChipProps): ReactElement {
  const { word, icon: Icon, border } = statusLooks[status];
  return (
    <span className={cx("inline-flex h-6 items-center gap-1.5 rounded border-current px-2 text-xs font-medium whitespace-nowrap", border, className)}>
      <Icon size={14} aria-hidden className="shrink-0" />
      {children ?? word}
    </span>
  );
}

const tones = {
  plain: "border-line text-muted",
  accent: "border-accent text-accent",
  warning: "border-warning text-warning",
  danger: "border-danger text-danger",
  success: "border-success text-success",
  pinned: "border-mark-pinned text-mark-pinned",
  simulated: "border-mark-simulated text-mark-simulated",
};

export interface ChipProps {
  tone?: keyof typeof tones;
  icon?: LucideIcon;
  children: ReactNode;
  className?: string;
}

/** A fact in a frame. */
export function Chip({ tone = "plain", icon, children, className }: ChipProps): ReactElement {
  const Icon = icon ?? (tone === "pinned" ? Pin : tone === "simulated" ? FlaskConical : null);
  return (
    <span className={cx("inline-flex h-5 items-center gap-1 rounded-sm border px-1.5 text-xs whitespace-nowrap", tones[tone], className)}>
      {Icon ? <Icon size={12} aria-hidden className="shrink-0" /> : null}
      {children}
    </span>
  );
}
