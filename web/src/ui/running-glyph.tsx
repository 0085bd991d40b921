/** Three quarters of a ring, which turns. */
import type { ReactElement } from "react";
import { cx } from "./cx.ts";

export function RunningGlyph({ size = 16, className }: { size?: number | string; className?: string }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden="true" className={cx("turning", className)}>
      <path d="M8 2a6 6 0 1 1-6 6" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
