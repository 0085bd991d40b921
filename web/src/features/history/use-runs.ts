/** Runs, newest first, page by page; the first page is read again now and then, so that the list is live. */
import { type InfiniteData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ExecutionSummary, ExecutionsAnswer } from "@tenuto/react/api";
import { useMemo } from "react";
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
  const runs = useMemo(() => joined(first.data?.executions ?? [], query.data?.pages.flatMap((each) => each.executions) ?? []), [first.data, query.data]);
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

/** The newest in the place of what was known of them; where the two do not meet, the newest page alone is true for its part. */
export function joined(newest: readonly ExecutionSummary[], known: readonly ExecutionSummary[]): readonly ExecutionSummary[] {
  const fresh = new Map(newest.map((run) => [run.id, run]));
  return [...newest, ...known.filter((run) => !fresh.has(run.id))].toSorted((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
}
