/** A page: its bar of 48 pixels with the title and what can be done, and under it what scrolls. */
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";

export interface PageFrameProps {
  title: string;
  /** Where the bar shows more than the title: a switch of the workflow, a field for its name. The title stays the page's heading. */
  heading?: ReactNode;
  /** Behind the title: "Draft saved 12:04", a status. */
  status?: ReactNode;
  /** At the right end, the main one last. */
  actions?: ReactNode;
  /** A second bar: search and filters. */
  toolbar?: ReactNode;
  /** Nothing scrolls and there is no padding: canvas, split panes. */
  fill?: boolean;
  children: ReactNode;
}

export function PageFrame({ title, heading, status, actions, toolbar, fill, children }: PageFrameProps): ReactElement {
  return (
    <div className="flex h-full min-h-0 flex-col">
      <title>{`${title} · Tenuto`}</title>
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-1.5">
        {heading ? (
          <>
            <h1 className="sr-only">{title}</h1>
            {heading}
          </>
        ) : (
          <h1 className="min-w-0 text-lg font-semibold max-sm:line-clamp-2 sm:truncate lg:max-w-[55%]">{title}</h1>
        )}
        {status}
        {actions ? <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div> : null}
      </header>
      {toolbar ? <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">{toolbar}</div> : null}
      <div className={cx("min-h-0 flex-1", fill ? "flex flex-col overflow-hidden" : "overflow-y-auto p-4 sm:p-6")}>{children}</div>
    </div>
  );
}
