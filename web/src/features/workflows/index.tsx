/** Workflows: all of them, found, opened, copied, imported. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { FilePlus, FileUp, Workflow as Icon } from "lucide-react";
import { type ReactElement, useMemo, useState } from "react";
import { useAddress } from "~/lib/address";
import { call, stale } from "~/lib/api";
import { usePageCommands } from "~/lib/menu-items";
import { useMay } from "~/lib/session";
import { workflows as words } from "~/lib/strings/workflows";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { PageFrame } from "~/ui/page-frame";
import { Failed } from "~/ui/read";
import { SearchBox } from "~/ui/search-box";
import { EmptyState, Loading, NothingFound } from "~/ui/states";
import { Import } from "./import.tsx";
import { type Listed, listed, matches } from "./listed.ts";
import { WorkflowTable } from "./table.tsx";

const page = 200;

export function Page(): ReactElement {
  const [address, change] = useAddress();
  const [importing, setImporting] = useState(false);
  const may = useMay("workflow:write");
  const query = useInfiniteQuery({
    queryKey: ["workflows", "list"],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => listed(await call("GET /api/workflows", { query: { limit: page, cursor: pageParam }, signal })),
    getNextPageParam: (last) => last.next,
  });
  const all = useMemo(() => query.data?.pages.flatMap((each) => each.workflows) ?? [], [query.data]);
  const q = address["q"] ?? "";
  const found = all.filter((each) => matches(each, q));
  const create = useCreate();
  usePageCommands(["list"]);
  const actions = may ? (
    <>
      <Button icon={FileUp} onClick={() => setImporting(true)}>
        {words.import}
      </Button>
      <Button icon={FilePlus} variant="primary" busy={create.isPending} onClick={() => create.mutate()}>
        {words.create}
      </Button>
    </>
  ) : null;
  return (
    <PageFrame title={words.title} actions={actions} toolbar={<SearchBox label={words.search} value={q} onChange={(text) => change({ q: text })} className="w-full sm:w-80" />}>
      <Body pending={query.isPending} error={query.error} all={all} found={found} q={q} onClear={() => change({ q: undefined })} onRetry={() => void query.refetch()} actions={actions} />
      {query.hasNextPage ? (
        <Button className="mt-3" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
      {importing ? <Import onClose={() => setImporting(false)} /> : null}
    </PageFrame>
  );
}

interface BodyProps {
  pending: boolean;
  error: Error | null;
  all: readonly Listed[];
  found: readonly Listed[];
  q: string;
  onClear: () => void;
  onRetry: () => void;
  actions: ReactElement | null;
}

function Body({ pending, error, all, found, q, onClear, onRetry, actions }: BodyProps): ReactElement {
  if (pending) return <Loading />;
  if (error && all.length === 0) return <Failed error={error} what="workflows" needs="workflow:read" onRetry={onRetry} />;
  if (all.length === 0) {
    return (
      <EmptyState
        icon={Icon}
        title={words.empty}
        actions={
          <>
            {actions}
            <Link to="/templates" className="self-center text-accent underline">
              {words.templates}
            </Link>
          </>
        }
      >
        {words.emptyAbout}
      </EmptyState>
    );
  }
  return found.length === 0 ? <NothingFound filter={words.filtered(q)} onClear={onClear} /> : <WorkflowTable rows={found} />;
}

/** An empty draft, which the builder asks what starts it. */
function useCreate() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => call("POST /api/workflows/drafts", { body: { definition: { name: words.newName, nodes: [] } } }),
    onSuccess: async (answer) => {
      await stale(queries, "workflows");
      await navigate({ to: "/workflows/$id", params: { id: answer.draft.id } });
    },
    onError: (error) => toast(error.message, { tone: "danger" }),
  });
}
