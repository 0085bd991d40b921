/** The last runs, newest first, walked by J and K. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ExecutionSummary } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { reading } from "~/lib/api";
import { duration } from "~/lib/format";
import { usePageCommands } from "~/lib/menu-items";
import { useMay } from "~/lib/session";
import { home } from "~/lib/strings/home";
import { Card } from "~/ui/card";
import { Chip, StatusChip, statusOf } from "~/ui/chip";
import { Failed } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { Loading } from "~/ui/states";
import { type Column, Table } from "~/ui/table";

const columns: readonly Column<ExecutionSummary>[] = [
  { id: "status", title: "Status", className: "sm:pr-8", cell: (run) => <StatusChip status={statusOf(run.status)} /> },
  {
    id: "workflow",
    title: "Workflow",
    className: "w-full max-w-0",
    cell: (run) => (
      <span className="flex items-center gap-2 max-sm:flex-wrap">
        <Link to="/runs/$id" params={{ id: run.id }} tabIndex={-1} className="min-w-0 truncate font-medium hover:underline">
          {run.workflow_name || home.unnamed}
        </Link>
        {run.simulated ? <Chip tone="simulated">{home.simulated}</Chip> : null}
      </span>
    ),
  },
  { id: "started", title: "Started", className: "whitespace-nowrap sm:pr-8", cell: (run) => <RelativeTime at={run.created_at} className="text-muted" /> },
  { id: "took", title: "Took", align: "end", className: "hidden whitespace-nowrap sm:table-cell", cell: (run) => (run.duration_ms === null ? "" : duration(run.duration_ms)) },
];

export function RecentRuns(): ReactElement | null {
  const may = useMay("execution:read");
  const navigate = useNavigate();
  const runs = useQuery({ ...reading("GET /api/executions", { query: { limit: 8 } }), enabled: may, refetchInterval: 5000 });
  usePageCommands(["list"]);
  if (!may) return null;
  const found = runs.data?.executions;
  return (
    <Card title={home.recent} flush actions={<Link to="/runs" className="text-accent underline">{home.all}</Link>}>
      {found === undefined ? (
        runs.error ? (
          <Failed error={runs.error} what="runs" needs="execution:read" onRetry={() => void runs.refetch()} />
        ) : (
          <div className="p-4">
            <Loading />
          </div>
        )
      ) : found.length === 0 ? (
        <p className="p-4 text-muted">{home.noRuns}</p>
      ) : (
        <Table label={home.recent} rows={found} columns={columns} keyOf={(run) => run.id} onOpen={(run) => void navigate({ to: "/runs/$id", params: { id: run.id } })} />
      )}
    </Card>
  );
}
