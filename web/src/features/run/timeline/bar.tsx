/** One bar of the timeline: what a step did for how long, told by pattern and word as well as by colour. */
import type { ReactElement } from "react";
import { duration } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { cx } from "~/ui/cx";
import type { Bar as BarModel } from "../model/layout.ts";

/** What a bar shows, in words. */
export function saidOf({ kind, why, outcome, attempt, from, to, going }: BarModel): string {
  const said = why ? words.timeline.waits[why] : words.timeline.kinds[kind].toLowerCase();
  const times = attempt > 1 || outcome === "retried" ? `${words.timeline.attempt(attempt)}, ` : "";
  return `${times}${said} ${duration(to - from)}${going ? " …" : ""}`;
}

export function Bar({ bar, name, tall }: { bar: BarModel; name: string; tall: boolean }): ReactElement {
  const thin = bar.kind === "queued" || bar.kind === "backoff";
  return (
    <div
      title={`${name}: ${saidOf(bar)}`}
      className={cx("absolute rounded-sm", thin ? "top-1/2 h-1 -translate-y-1/2" : tall ? "inset-y-3" : "inset-y-1.5", look(bar))}
      style={{ left: bar.x, width: bar.width }}
    />
  );
}

function look({ kind, outcome, why, going }: BarModel): string {
  if (kind === "queued") return "border-t-2 border-dotted border-state-queued";
  if (kind === "backoff") return "border-t-2 border-dashed border-state-retrying";
  if (kind === "waiting") return why === "person" ? "hatched border border-dashed border-state-person text-state-person" : "hatched border border-dashed border-state-waiting text-state-waiting";
  if (going) return "bg-state-running";
  if (outcome === "failed") return "bg-state-failed";
  if (outcome === "retried") return "bg-state-retrying";
  if (outcome === "stopped") return "bg-state-cancelled";
  return "bg-state-done";
}
