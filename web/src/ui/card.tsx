/** A part of a page with a heading. */
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";

export interface CardProps {
  title?: ReactNode;
  /** One sentence under the title. */
  about?: ReactNode;
  actions?: ReactNode;
  /** Lists and tables reach the frame. */
  flush?: boolean;
  className?: string;
  children?: ReactNode;
}

export function Card({ title, about, actions, flush, className, children }: CardProps): ReactElement {
  return (
    <section className={cx("min-w-0 rounded-md border border-line bg-surface", className)}>
      {title || actions ? (
        <header className={cx("flex flex-wrap items-start gap-2 px-4 pt-3", flush ? "pb-2" : "pb-1")}>
          <div className="min-w-48 flex-1">
            <h2 className="font-semibold">{title}</h2>
            {about ? <p className="text-sm text-muted">{about}</p> : null}
          </div>
          {actions}
        </header>
      ) : null}
      <div className={flush ? "overflow-x-auto" : "px-4 pt-1 pb-4"}>{children}</div>
    </section>
  );
}
