/** What can be changed about how the timeline is shown, and the critical path in words. */
import { Expand, Route, Shrink, Timer } from "lucide-react";
import type { ReactElement } from "react";
import { shownKeys } from "~/lib/commands";
import { duration, percent } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { Button } from "~/ui/button";
import { useRun } from "../context.ts";
import type { Span } from "../model/axis.ts";
import type { Critical } from "../model/critical.ts";

export interface ToolsProps {
  path: Critical | null;
  critical: boolean;
  queued: boolean;
  zoomed: boolean;
  going: boolean;
  /** The share of the run that folding would take away; null where it is not worth it. */
  fold: number | null;
  whole: Span;
  compressed: boolean;
  onCritical: (on: boolean) => void;
  onQueued: (on: boolean) => void;
  onAll: () => void;
  onCompress: (on: boolean) => void;
}

export function Tools(props: ToolsProps): ReactElement {
  const { path, critical, queued, zoomed, going, fold, whole, compressed, onCritical, onQueued, onAll, onCompress } = props;
  const { nameOf } = useRun();
  const said = words.timeline;
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-3 py-1.5 text-xs">
      <Button small icon={Route} pressed={critical} title={shownKeys("run.critical")} onClick={() => onCritical(!critical)}>
        {said.critical}
      </Button>
      <Button small icon={Timer} pressed={queued} title={shownKeys("run.queue")} onClick={() => onQueued(!queued)}>
        {said.queued}
      </Button>
      {zoomed ? (
        <Button small onClick={onAll}>
          {going ? said.follow : said.all}
        </Button>
      ) : null}
      {fold === null ? null : (
        <span className="flex items-center gap-2 text-muted">
          {compressed ? null : said.fold(duration(whole.to - whole.from), percent(fold))}
          <Button small icon={compressed ? Expand : Shrink} onClick={() => onCompress(!compressed)}>
            {compressed ? said.expand : said.compress}
          </Button>
        </span>
      )}
      {critical && path ? <p className="basis-full text-sm">{inWords(path, nameOf)}</p> : null}
    </div>
  );
}

/** "Critical path 2.4 s of 2.6 s: classify → answer → page; classify is 61 %". */
export function inWords({ steps, length, whole }: Critical, nameOf: (node: string) => string): string {
  const names = steps.map((step) => nameOf(step.node));
  const shown = names.length > 6 ? [...names.slice(0, 3), "…", ...names.slice(-2)] : names;
  const top = steps.toSorted((a, b) => b.self - a.self)[0];
  return words.timeline.path(duration(length), duration(whole), shown.join(" → "), nameOf(top?.node ?? ""), percent(top?.share ?? 0));
}
