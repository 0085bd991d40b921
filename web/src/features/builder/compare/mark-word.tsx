/** What became of a part: its icon with its word. */
import type { ReactElement } from "react";
import { versions as say } from "~/lib/strings/versions";
import { cx } from "~/ui/cx";
import type { Mark } from "../model/index.ts";
import { markLooks } from "./marks.ts";

export function MarkWord({ mark, className }: { mark: Mark; className?: string }): ReactElement {
  const { icon: Icon, text } = markLooks[mark];
  return (
    <span className={cx("inline-flex shrink-0 items-center gap-1 text-xs font-medium whitespace-nowrap", text, className)}>
      <Icon size={13} aria-hidden />
      {say.marked[mark]}
    </span>
  );
}
