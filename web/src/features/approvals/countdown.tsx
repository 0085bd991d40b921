/** How long there is still time. */
import { Clock } from "lucide-react";
import { type ReactElement, useEffect, useState } from "react";
import { duration, exactly } from "~/lib/format";
import { approvals as words } from "~/lib/strings/approvals";
import { Chip } from "~/ui/chip";

const soon = 3_600_000;

export function Countdown({ at, said = words.expires }: { at: string | null; said?: (left: string) => string }): ReactElement | null {
  const [now, setNow] = useState(() => Date.now());
  const left = at === null ? null : Date.parse(at) - now;
  const near = left !== null && left < soon;
  useEffect(() => {
    if (left === null) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), near ? 1_000 : 30_000);
    return () => clearTimeout(timer);
  }, [left, near, now]);
  if (left === null || at === null) return null;
  return (
    <span title={exactly(at)}>
      <Chip icon={Clock} tone={left <= 0 ? "danger" : near ? "warning" : "plain"}>
        {left <= 0 ? words.expired : said(duration(left < 60_000 ? Math.ceil(left / 1_000) * 1_000 : left))}
      </Chip>
    </span>
  );
}
