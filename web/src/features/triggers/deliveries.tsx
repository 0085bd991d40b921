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
import { LongText } from "~/ui/long-text";
import { Read } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { EmptyState } from "~/ui/states";
import { type Column, Table } from "~/ui/table";
import { useNarrow } from "~/ui/use-narrow";

const said = words.deliveries;

const columns: readonly Column<DeliveryView>[] = [
  { id: "received", title: said.columns.received, className: "hidden whitespace-nowrap sm:table-cell", cell: (row) => <RelativeTime at={row.received_at} className="text-muted" /> },
  { id: "event", title: said.columns.event, className: "hidden md:table-cell", cell: (row) => <span className="block max-w-40 truncate font-mono text-mono">{row.event ?? said.none}</span> },
  {
    id: "verdict",
    title: said.columns.verdict,
    className: "w-full max-w-0",
    cell: (row) => (
      <span className="flex flex-col items-start">
        <span>{said.verdicts[row.verdict] ?? row.verdict}</span>
        {said.fixes[row.verdict] ? <span className="text-xs text-muted">{said.fixes[row.verdict]}</span> : null}
        {row.error ? <LongText text={row.error.detail} lines={3} className="max-w-full text-xs text-danger" /> : null}
        <Beside row={row} />
      </span>
    ),
  },
  { id: "size", title: said.columns.size, align: "end", className: "hidden whitespace-nowrap md:table-cell", cell: (row) => bytes(row.size) },
  {
    id: "run",
    title: said.columns.run,
    className: "hidden whitespace-nowrap sm:table-cell",
    cell: (row) => <Started row={row} />,
  },
  { id: "replay", title: said.replay, hideTitle: true, className: "w-40", align: "end", cell: (row) => <Replay row={row} /> },
];

/** On a phone: what has no column there. */
function Beside({ row }: { row: DeliveryView }): ReactElement | null {
  const narrow = useNarrow(640);
  if (!narrow) return null;
  return (
    <span className="flex flex-wrap gap-x-2 text-xs text-muted">
      <RelativeTime at={row.received_at} />
      <Started row={row} />
    </span>
  );
}

function Started({ row }: { row: DeliveryView }): ReactElement | null {
  if (!row.execution_id) return null;
  return (
    <Link to="/runs/$id" params={{ id: row.execution_id }} className="text-accent underline">
      {said.run}
    </Link>
  );
}

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
