/** Text that may be very long, an error's for instance: its first lines, and all of it when it is asked for. */
import { type ReactElement, useState } from "react";
import { longText as words } from "~/lib/strings/ui";
import { cx } from "./cx.ts";

export interface LongTextProps {
  text: string;
  /** Lines that are shown of what is long. */
  lines: keyof typeof clamps;
  className?: string;
}

/** Characters that are never cut. */
const short = 280;
const clamps = { 3: "line-clamp-3", 6: "line-clamp-6", 8: "line-clamp-8" };

export function LongText({ text, lines, className }: LongTextProps): ReactElement {
  const [whole, setWhole] = useState(false);
  const long = text.length > short || text.split("\n").length > lines;
  return (
    <div className={className}>
      {whole ? (
        // What scrolls takes focus, so that arrow keys move it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <p tabIndex={0} className="max-h-[40dvh] overflow-y-auto">
          {text}
        </p>
      ) : (
        // It opens by its own button: nothing beside it has to show it as well.
        <p data-opens className={cx(long && clamps[lines])}>
          {text}
        </p>
      )}
      {long ? (
        <button type="button" aria-expanded={whole} className="mt-0.5 text-xs font-normal text-accent underline" onClick={() => setWhole(!whole)}>
          {whole ? words.less : words.more}
        </button>
      ) : null}
    </div>
  );
}
