/** The runs that a map or loop has of its own: a strip of cells, and the steps of the one that is chosen. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ChildCounts, ChildSummary } from "@tenuto/react/api";
import { type ReactElement, useEffect, useState } from "react";
import { call } from "~/lib/api";
import { useAddress } from "~/lib/address";
import { duration } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { Button } from "~/ui/button";
import { StatusChip, statusLooks, statusOf } from "~/ui/chip";
import { cx } from "~/ui/cx";
import { Checkbox } from "~/ui/field";
import { ErrorState, Loading } from "~/ui/states";
import { useRun } from "../context.ts";
import { Iteration } from "./iteration.tsx";

const page = 200;
const shownAtOnce = 1_000;

export function Iterations({ node, counts }: { node: string; counts: ChildCounts }): ReactElement {
  const { detail, nameOf } = useRun();
  const [address, change] = useAddress();
  const [failedOnly, setFailedOnly] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ["executions", "children", detail.id, node, failedOnly, counts.attempt],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/executions/{id}/children", { path: { id: detail.id }, query: { node, limit: page, cursor: pageParam, ...(failedOnly ? { status: ["failed"] as const } : {}) } as never, signal }),
    getNextPageParam: (last) => last.next ?? null,
    refetchInterval: counts.pending + counts.running > 0 ? 3_000 : false,
  });
  const children = (query.data?.pages.flatMap((each) => each.children) ?? []).filter((child) => child.attempt === counts.attempt);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && children.length < shownAtOnce) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, children.length]);
  const chosen = children.find((child) => String(child.index) === address["iteration"]);
  const ended = counts.completed + counts.failed + counts.cancelled;
  return (
    <section aria-label={words.iterations.label(nameOf(node))} className="flex flex-col gap-2 rounded-md border border-line p-3">
      <div className="flex flex-wrap items-center gap-3 text-sm">
        <h3 className="font-semibold">{words.inspector.children}</h3>
        <span>{words.iterations.of(ended, counts.total, counts.failed)}</span>
        <div className="flex-1" />
        <Checkbox label={words.iterations.failed} checked={failedOnly} onChange={(event) => setFailedOnly(event.target.checked)} />
      </div>
      {query.error ? <ErrorState message={query.error.message} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Loading /> : null}
      {query.data && children.length === 0 ? <p className="text-sm text-muted">{words.iterations.none}</p> : null}
      <Strip>{children.map((child) => <Cell key={child.id} child={child} chosen={child === chosen} onChoose={() => change({ iteration: child === chosen ? undefined : String(child.index) })} />)}</Strip>
      {hasNextPage && children.length >= shownAtOnce ? (
        <Button small busy={isFetchingNextPage} className="self-start" onClick={() => void fetchNextPage()}>
          {words.iterations.more}
        </Button>
      ) : null}
      {chosen ? (
        <div className="flex flex-col gap-2 border-t border-line pt-2">
          <div className="flex flex-wrap items-center gap-2 text-sm">
            <span className="font-medium">{words.iterations.chosen(chosen.index)}</span>
            <StatusChip status={statusOf(chosen.status)} />
            <span className="text-xs text-muted">{chosen.duration_ms === null ? "" : duration(chosen.duration_ms)}</span>
            <div className="flex-1" />
            <Link to="/runs/$id" params={{ id: chosen.id }} className="text-sm text-accent underline">
              {words.iterations.open}
            </Link>
          </div>
          {/* A key of its own: nothing of one item is ever shown as another's. */}
          <Iteration key={chosen.id} id={chosen.id} status={chosen.status} />
        </div>
      ) : null}
    </section>
  );
}

function Strip({ children }: { children: readonly ReactElement[] }): ReactElement {
  return <div className="flex max-h-40 flex-wrap gap-0.5 overflow-y-auto p-0.5">{children}</div>;
}

function Cell({ child, chosen, onChoose }: { child: ChildSummary; chosen: boolean; onChoose: () => void }): ReactElement {
  const status = statusOf(child.status);
  const { icon: Glyph, word } = statusLooks[status];
  const name = `${words.iterations.item(child.index)}: ${word}`;
  return (
    <button
      type="button"
      title={name}
      aria-label={name}
      aria-pressed={chosen}
      onClick={onChoose}
      className={cx("flex size-6 items-center justify-center rounded-sm border pointer-coarse:size-11", colours[status] ?? "", chosen && "ring-2 ring-accent")}
    >
      <Glyph size={14} aria-hidden />
    </button>
  );
}

const colours: Readonly<Record<string, string>> = {
  queued: "border-dotted border-state-queued text-state-queued",
  running: "border-state-running text-state-running",
  waiting: "border-dashed border-state-waiting text-state-waiting",
  done: "border-state-done text-state-done",
  failed: "border-2 border-state-failed bg-danger-soft text-state-failed",
  unknown: "border-state-unknown text-state-unknown",
  paused: "border-state-paused text-state-paused",
  cancelled: "border-state-cancelled text-state-cancelled",
};
