/** What a page shows when it has nothing to show: loading, empty, filtered to nothing, wrong, not allowed. */
import { CircleAlert, Lock, type LucideIcon, SearchX } from "lucide-react";
import { type ReactElement, type ReactNode, useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";

export interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** What this is for, in one or two sentences. */
  children?: ReactNode;
  /** One action, and perhaps one example. */
  actions?: ReactNode;
  className?: string;
}

export function EmptyState({ icon: Icon, title, children, actions, className }: EmptyStateProps): ReactElement {
  return (
    <div className={cx("mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-12 text-center", className)}>
      <Icon size={32} strokeWidth={1.5} aria-hidden className="text-faint" />
      <h2 className="text-lg font-semibold">{title}</h2>
      {children ? <div className="text-sm text-muted">{children}</div> : null}
      {actions ? <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div> : null}
    </div>
  );
}

/** A list that its filters left empty. */
export function NothingFound({ filter, onClear }: { filter: string; onClear: () => void }): ReactElement {
  return (
    <EmptyState icon={SearchX} title="Nothing matches" actions={<Button onClick={onClear}>Clear the filter</Button>}>
      Nothing here matches {filter}.
    </EmptyState>
  );
}

/** The page is there, and whoever looks may not see it. */
export function NoPermission({ what, needs }: { what: string; needs: string }): ReactElement {
  return (
    <EmptyState icon={Lock} title={`You may not see ${what}`}>
      This needs the permission <code className="font-mono text-mono">{needs}</code>. Whoever owns this workspace can give you a role that has it.
    </EmptyState>
  );
}

export interface ErrorStateProps {
  /** What happened, in one sentence. */
  message: string;
  /** What to do about it. */
  fix?: string | null | undefined;
  /** The number under which the server's log has it. */
  instance?: string | null | undefined;
  onRetry?: (() => void) | undefined;
  className?: string;
}

export function ErrorState({ message, fix, instance, onRetry, className }: ErrorStateProps): ReactElement {
  return (
    <div role="alert" className={cx("mx-auto flex max-w-lg flex-col items-center gap-2 px-6 py-12 text-center", className)}>
      <CircleAlert size={32} strokeWidth={1.5} aria-hidden className="text-danger" />
      <p className="text-lg font-semibold">{message}</p>
      {fix ? <p className="text-sm text-muted">{fix}</p> : null}
      {instance ? (
        <p className="text-xs text-muted">
          Number in the server's log: <code className="font-mono">{instance}</code>
        </p>
      ) : null}
      {onRetry ? (
        <Button className="mt-2" onClick={onRetry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}

/** A grey block in the place of what comes; put several where the real things will stand. */
export function Skeleton({ className }: { className?: string }): ReactElement {
  return <div aria-hidden className={cx("h-4 animate-pulse rounded bg-hover", className)} />;
}

/** Shows its children after 150 ms, so that what is fast does not flicker; says once that something is loading. */
export function Loading({ label = "Loading", children }: { label?: string; children?: ReactNode }): ReactElement | null {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3">
      {children ?? [70, 90, 60, 80].map((width) => <Skeleton key={width} className={widths[width] ?? ""} />)}
    </div>
  );
}

const widths: Record<number, string> = { 60: "w-3/5", 70: "w-2/3", 80: "w-4/5", 90: "w-11/12" };
