/** When a schedule runs next, each with its exact time. */
import type { ReactElement } from "react";
import { exactly } from "~/lib/format";
import { triggers as words } from "~/lib/strings/triggers";
import { RelativeTime } from "~/ui/relative-time";

export function NextRuns({ times }: { times: readonly string[] }): ReactElement {
  if (times.length === 0) return <p className="text-sm text-muted">{words.noNext}</p>;
  return (
    <ol className="flex flex-col gap-1 text-sm">
      {times.slice(0, 5).map((time) => (
        <li key={time} className="flex justify-between gap-4 tabular-nums">
          <span>{exactly(time)}</span>
          <RelativeTime at={time} className="text-muted" />
        </li>
      ))}
    </ol>
  );
}
