/** Runs, newest first, page by page; the first page is read again now and then, so that the list is live. */
import { type InfiniteData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ExecutionSummary, ExecutionsAnswer } from "@tenuto/react/api";
import { useEffect, useMemo } from "react";
import { call } from "~/lib/api";
import type { RunFilters } from "./filters.ts";

const page = 100;
const freshness = 4_000;

export interface Runs {
  readonly runs: readonly ExecutionSummary[];
  /** Runs that have come since and are not shown yet, because somebody has scrolled down. */
  readonly pending: boolean;
  readonly error: Error | null;
  readonly more: boolean;
  readonly loading: boolean;
  readonly fetching: boolean;
  readonly next: () => void;
  readonly again: () => void;
}

export function useRuns(filters: RunFilters): Runs {
  const ask = (cursor: string | null, signal: AbortSignal): Promise<ExecutionsAnswer> => call("GET /api/executions", { query: { ...filters, limit: page, cursor }, signal });
  const query = useInfiniteQuery<ExecutionsAnswer, Error, InfiniteData<ExecutionsAnswer>, readonly unknown[], string | null>({
    queryKey: ["executions", "list", filters],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) => ask(pageParam, signal),
    getNextPageParam: (last) => last.next ?? null,
    placeholderData: (before) => before,
    // Only the first page changes by itself; it is asked for alone, below.
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const first = useQuery({ queryKey: ["executions", "newest", filters], queryFn: ({ signal }) => ask(null, signal), refetchInterval: freshness, enabled: query.data !== undefined && !query.isPlaceholderData });
  const { runs, met } = useMemo(() => joined(query.isPlaceholderData ? undefined : first.data, query.data?.pages.flatMap((each) => each.executions) ?? []), [first.data, query.data, query.isPlaceholderData]);
  const { refetch } = query;
  useEffect(() => {
    if (!met) void refetch();
  }, [met, refetch]);
  return {
    runs,
    pending: query.isPlaceholderData,
    error: query.error ?? null,
    more: query.hasNextPage,
    loading: query.isPending,
    fetching: query.isFetchingNextPage,
    next: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    again: () => {
      void query.refetch();
      void first.refetch();
    },
  };
}

/**
 * The newest page, which is true now, and what was known before of older runs.
 *
 * A known run that stands within the newest page's time and is not in it fits no more (it ended, or was deleted), so it goes. Where the
 * page begins after everything that was known, there may be runs between: `met` is false, and what was known has to be read again.
 */
export function joined(newest: Pick<ExecutionsAnswer, "executions" | "next"> | undefined, known: readonly ExecutionSummary[]): { runs: readonly ExecutionSummary[]; met: boolean } {
  if (newest === undefined) return { runs: known, met: true };
  const { executions: page } = newest;
  const oldest = page.at(-1);
  if (oldest === undefined || newest.next == null) return { runs: page, met: true };
  const shown = new Set(page.map((run) => run.id));
  if (!known.some((run) => shown.has(run.id))) return { runs: page, met: false };
  return { runs: [...page, ...known.filter((run) => run.created_at < oldest.created_at && !shown.has(run.id))], met: true };
}
