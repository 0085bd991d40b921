/** Run: what happened, what is happening, and what can be done about it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ExecutionDetail } from "@tenuto/react/core";
import { SearchX } from "lucide-react";
import { type ReactElement, useCallback, useEffect, useMemo, useState } from "react";
import { Problem, client, isForbidden, reading, stale } from "~/lib/api";
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
  // A page that is kept beyond its log (retried, taken up again elsewhere) begins anew.
  const [generation, setGeneration] = useState(0);
  const begin = useCallback(() => setGeneration((old) => old + 1), []);
  if (query.data) return <Live key={`${id} ${generation}`} detail={query.data.execution} onOtherLog={begin} />;
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

function Live({ detail, onOtherLog }: { detail: ExecutionDetail; onOtherLog: () => void }): ReactElement {
  const queries = useQueryClient();
  const changed = useCallback(() => void stale(queries, "executions", "approvals"), [queries]);
  // One store for as long as the page is about this log; it begins with what was read first.
  const [store] = useState(() => new RunStore(client, detail, changed));
  useEffect(() => store.open(), [store]);
  useEffect(() => {
    const { state, connection } = store.shown();
    if (detail.head < state.head && connection === "ended" && detail.status !== state.status) onOtherLog();
    else if (detail.head > state.head && connection === "ended") store.follow();
  }, [detail, store, onOtherLog]);
  const [address, change] = useAddress();
  const nameOf = useMemo(() => namesOf(detail.graph), [detail.graph]);
  const order = useMemo(() => orderOf(detail.graph, Object.keys(detail.nodes)), [detail.graph, detail.nodes]);
  const selected = address["node"] ?? null;
  const select = useCallback((node: string | null) => change({ node: node ?? undefined, ...(node === null ? { tab: undefined } : {}), iteration: undefined }), [change]);
  const again = useCallback(() => {
    if (store.shown().connection === "ended" || store.shown().connection === "failed") store.follow();
    changed();
  }, [store, changed]);
  const place = useMemo<RunPlace>(() => ({ detail, store, nameOf, order, selected, select, again }), [detail, store, nameOf, order, selected, select, again]);
  return (
    <RunProvider value={place}>
      <RunPage />
    </RunProvider>
  );
}
