/** The inbox of webhooks: what came, what became of it, and the way to take it in once more. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { DeliveryView } from "@tenuto/react/api";
import { Inbox, RotateCcw } from "lucide-react";
import type { ReactElement } from "react";
import { call, reading, stale } from "~/lib/api";
import { bytes } from "~/lib/format";
import { useMay } from "~/lib/session";
import { triggers as words } from "~/lib/strings/triggers";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Read } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { EmptyState } from "~/ui/states";
import { type Column, Table } from "~/ui/table";

const said = words.deliveries;

const columns: readonly Column<DeliveryView>[] = [
  { id: "received", title: said.columns.received, className: "w-36", cell: (row) => <RelativeTime at={row.received_at} className="text-muted" /> },
  { id: "event", title: said.columns.event, cell: (row) => <span className="font-mono text-mono">{row.event ?? said.none}</span> },
  {
    id: "verdict",
    title: said.columns.verdict,
    cell: (row) => (
      <span className="flex flex-col">
        <span>{said.verdicts[row.verdict] ?? row.verdict}</span>
        {said.fixes[row.verdict] ? <span className="text-xs text-muted">{said.fixes[row.verdict]}</span> : null}
        {row.error ? <span className="text-xs text-danger">{row.error.detail}</span> : null}
      </span>
    ),
  },
  { id: "size", title: said.columns.size, align: "end", className: "hidden w-24 md:table-cell", cell: (row) => bytes(row.size) },
  {
    id: "run",
    title: said.columns.run,
    className: "hidden w-32 sm:table-cell",
    cell: (row) =>
      row.execution_id ? (
        <Link to="/runs/$id" params={{ id: row.execution_id }} className="text-accent underline">
          {said.run}
        </Link>
      ) : (
        ""
      ),
  },
  { id: "replay", title: said.replay, hideTitle: true, className: "w-40", align: "end", cell: (row) => <Replay row={row} /> },
];

export function Deliveries(): ReactElement {
  const query = useQuery({ ...reading("GET /api/deliveries", { query: { limit: 100 } }), refetchInterval: 10_000 });
  return (
    <Read query={query} what="deliveries" needs="trigger:read">
      {({ deliveries }) =>
        deliveries.length === 0 ? (
          <EmptyState icon={Inbox} title={said.empty}>
            {said.emptyAbout}
          </EmptyState>
        ) : (
          <Table label={words.tabs.deliveries} rows={deliveries} columns={columns} keyOf={(row) => row.id} />
        )
      }
    </Read>
  );
}

function Replay({ row }: { row: DeliveryView }): ReactElement | null {
  const may = useMay("trigger:operate");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const replay = useMutation({
    mutationFn: () => call("POST /api/deliveries/{id}/replay", { path: { id: row.id } }),
    onSuccess: async ({ execution_id }) => {
      toast(said.replayed, { tone: "success" });
      await stale(queries, "deliveries");
      await navigate({ to: "/runs/$id", params: { id: execution_id } });
    },
    onError: (error) => toast(error.message, { tone: "danger" }),
  });
  if (!may) return null;
  return (
    <Button small icon={RotateCcw} busy={replay.isPending} onClick={() => replay.mutate()}>
      {said.replay}
    </Button>
  );
}
