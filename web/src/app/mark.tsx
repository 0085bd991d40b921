/** The sign of the product: a note with the stroke that says it is held. */
import type { ReactElement } from "react";

export function Mark({ size = 24 }: { size?: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="shrink-0 text-accent">
      <rect width="32" height="32" rx="7" fill="currentColor" />
      <rect x="7" y="8" width="18" height="4" rx="2" className="fill-on-accent" />
      <circle cx="16" cy="20" r="5" className="fill-on-accent" />
    </svg>
  );
}
