/** History: all runs, newest first, to be found, opened and operated. */
import { Link, useNavigate } from "@tanstack/react-router";
import { ListTree } from "lucide-react";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import { useAddress } from "~/lib/address";
import { useNow } from "~/lib/clock";
import { runList } from "~/lib/run-list";
import { history as words } from "~/lib/strings/history";
import { Button } from "~/ui/button";
import { PageFrame } from "~/ui/page-frame";
import { Failed } from "~/ui/read";
import { EmptyState, Loading, NothingFound, Skeleton } from "~/ui/states";
import { Bulk } from "./bulk.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { filtersOf, isFiltered, none } from "./filters.ts";
import { RunList } from "./run-list.tsx";
import { useRuns } from "./use-runs.ts";

const minute = 60_000;

export function Page(): ReactElement {
  const [address, change] = useAddress();
  const clock = Math.floor(useNow() / minute) * minute;
  const { status, workflow, trigger, time, kind, q } = address;
  // Without a time the clock changes nothing.
  const since = time ? clock : 0;
  const filters = useMemo(() => filtersOf({ status, workflow, trigger, time, kind, q }, since), [status, workflow, trigger, time, kind, q, since]);
  const found = useRuns(filters);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => runList.set(found.runs.map((run) => run.id)), [found.runs]);
  const select = (id: string): void => setSelected(new Set(selected.has(id) ? [...selected].filter((each) => each !== id) : [...selected, id]));
  const chosen = [...selected].filter((id) => found.runs.some((run) => run.id === id));
  const empty = !found.loading && !found.error && found.runs.length === 0;
  return (
    <PageFrame
      title={words.title}
      toolbar={<FilterBar />}
      actions={empty ? null : <Bulk filters={filters} selected={chosen} onDone={() => setSelected(new Set())} />}
      fill
    >
      {found.error && found.runs.length === 0 ? (
        <Failed error={found.error} what="runs" needs="execution:read" onRetry={found.again} />
      ) : found.loading ? (
        <Rows />
      ) : empty && isFiltered(address) ? (
        <NothingFound filter={words.filtered} onClear={() => change(none)} />
      ) : empty ? (
        <Empty />
      ) : (
        <RunList runs={found.runs} more={found.more} fetching={found.fetching} onMore={found.next} selected={selected} onSelect={select} />
      )}
    </PageFrame>
  );
}

function Empty(): ReactElement {
  const navigate = useNavigate();
  return (
    <EmptyState
      icon={ListTree}
      title={words.empty.title}
      actions={
        <>
          <Button onClick={() => void navigate({ to: "/workflows" })}>{words.empty.act}</Button>
          <Link to="/templates" className="inline-flex h-8 items-center text-sm text-accent underline">
            {words.empty.example}
          </Link>
        </>
      }
    >
      {words.empty.about}
    </EmptyState>
  );
}

function Rows(): ReactElement {
  return (
    <div className="p-4">
      <Loading>
        {Array.from({ length: 12 }, (_, index) => (
          <Skeleton key={String(index)} className="h-8 w-full" />
        ))}
      </Loading>
    </div>
  );
}
