/** "3 min ago", with the exact time on hover. */
import type { ReactElement } from "react";
import { useNow } from "~/lib/clock";
import { exactly, relative } from "~/lib/format";
import { Tooltip } from "./tooltip.tsx";

export interface RelativeTimeProps {
  at: string | number | Date | null | undefined;
  /** Said where there is no time. */
  otherwise?: string;
  className?: string;
}

export function RelativeTime({ at, otherwise = "never", className }: RelativeTimeProps): ReactElement {
  const now = useNow();
  if (at === null || at === undefined) return <span className={className}>{otherwise}</span>;
  return (
    <Tooltip text={exactly(at)}>
      <time dateTime={new Date(at).toISOString()} className={className}>
        {relative(at, Math.max(now, 0))}
      </time>
    </Tooltip>
  );
}
