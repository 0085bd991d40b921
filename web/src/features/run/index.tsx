/** Run: what happened, what is happening, and what can be done about it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ExecutionDetail } from "@tenuto/react/core";
import { SearchX } from "lucide-react";
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Problem, client, isForbidden, reading } from "~/lib/api";
import { useAddress } from "~/lib/address";
import { run as words } from "~/lib/strings/run";
import { PageFrame } from "~/ui/page-frame";
import { EmptyState, ErrorState, Loading, NoPermission, Skeleton } from "~/ui/states";
import { type RunPlace, RunProvider } from "./context.ts";
import { RunStore } from "./live/run-store.ts";
import { namesOf, orderOf } from "./model/names.ts";
import { RunPage } from "./run-page.tsx";

export function Page(): ReactElement {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({ ...reading("GET /api/executions/{id}", { path: { id } }), placeholderData: undefined as never, refetchInterval: ({ state }) => (busy(state.data?.execution) ? 2_500 : false) });
  if (query.data) return <Live key={id} detail={query.data.execution} refetch={() => void query.refetch()} />;
  if (!query.error)
    return (
      <PageFrame title={words.title("")}>
        <Loading>
          <Skeleton className="h-6 w-2/3" />
          <Skeleton className="h-72 w-full" />
        </Loading>
      </PageFrame>
    );
  return <Unreadable error={query.error} onRetry={() => void query.refetch()} />;
}

/** Counts of runs inside are not in the run's own log: they are asked for while some of them go on. */
function busy(detail: ExecutionDetail | undefined): boolean {
  return Object.values(detail?.children ?? {}).some((counts) => counts.pending + counts.running > 0);
}

function Unreadable({ error, onRetry }: { error: Error; onRetry: () => void }): ReactElement {
  const problem = error instanceof Problem ? error : null;
  const missing = (
    <EmptyState icon={SearchX} title={words.missing} actions={<Link to="/runs" className="text-accent underline">{words.toRuns}</Link>}>
      {words.missingAbout}
    </EmptyState>
  );
  return (
    <PageFrame title={words.error}>
      {isForbidden(error) ? <NoPermission what="this run" needs="execution:read" /> : problem?.status === 404 ? missing : <ErrorState message={error.message} fix={problem?.fix} instance={problem?.instance} onRetry={onRetry} />}
    </PageFrame>
  );
}

function Live({ detail, refetch }: { detail: ExecutionDetail; refetch: () => void }): ReactElement {
  const queries = useQueryClient();
  const [generation, setGeneration] = useState(0);
  const newest = useRef(detail);
  const reread = useRef(refetch);
  useEffect(() => {
    newest.current = detail;
    reread.current = refetch;
  });
  const changed = useCallback(() => {
    reread.current();
    void queries.invalidateQueries({ queryKey: ["approvals"] });
  }, [queries]);
  // One store for as long as the page is about this run; `generation` begins anew where the log was another one.
  const store = useMemo(() => new RunStore(client, newest.current, changed), [changed, generation]);
  useEffect(() => store.open(), [store]);
  useEffect(() => {
    const { state, connection } = store.shown();
    if (detail.head < state.head && connection === "ended" && detail.status !== state.status) setGeneration((old) => old + 1);
    else if (detail.head > state.head && connection === "ended") store.follow();
  }, [detail, store]);
  const [address, change] = useAddress();
  const nameOf = useMemo(() => namesOf(detail.graph), [detail.graph]);
  const order = useMemo(() => orderOf(detail.graph, Object.keys(detail.nodes)), [detail.graph, detail.nodes]);
  const selected = address["node"] ?? null;
  const select = useCallback((node: string | null) => change({ node: node ?? undefined, ...(node === null ? { tab: undefined } : {}), iteration: undefined }), [change]);
  const again = useCallback(() => {
    if (store.shown().connection === "ended" || store.shown().connection === "failed") store.follow();
    reread.current();
  }, [store]);
  const place = useMemo<RunPlace>(() => ({ detail, store, nameOf, order, selected, select, again }), [detail, store, nameOf, order, selected, select, again]);
  return (
    <RunProvider value={place}>
      <RunPage />
    </RunProvider>
  );
}
