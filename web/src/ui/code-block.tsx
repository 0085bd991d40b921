/** Text of machines, to be read and copied. */
import type { ReactElement } from "react";
import { CopyButton } from "./copy-button.tsx";
import { cx } from "./cx.ts";

export interface CodeBlockProps {
  /** What it is, for those who reach it by keyboard. */
  label: string;
  children: string;
  wrap?: boolean;
  className?: string;
}

/** Scrolls by itself, by keyboard too. */
export function CodeBlock({ label, children, wrap, className }: CodeBlockProps): ReactElement {
  return (
    <div className={cx("relative min-w-0", className)}>
      {/* A region that scrolls has to be reachable by keyboard (WCAG 2.1.1). */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre aria-label={label} role="region" tabIndex={0} className={cx("max-h-96 overflow-auto rounded border border-line bg-sunken p-3 pr-11 font-mono text-mono", wrap && "break-words whitespace-pre-wrap")}>
        {children}
      </pre>
      <span className="absolute top-1.5 right-1.5">
        <CopyButton text={children} label={`Copy: ${label}`} />
      </span>
    </div>
  );
}
