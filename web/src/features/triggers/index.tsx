/** Triggers: what starts workflows by itself, and what senders have delivered. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TriggerView } from "@tenuto/react/api";
import { Zap } from "lucide-react";
import type { ReactElement } from "react";
import { useAddress } from "~/lib/address";
import { reading } from "~/lib/api";
import { usePageCommands } from "~/lib/menu-items";
import { triggers as words } from "~/lib/strings/triggers";
import { Chip, StatusChip, type StatusName } from "~/ui/chip";
import { PageFrame } from "~/ui/page-frame";
import { Read } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { EmptyState } from "~/ui/states";
import { type Column, Table } from "~/ui/table";
import { Tabs } from "~/ui/tabs";
import { Deliveries } from "./deliveries.tsx";
import { Sheet } from "./sheet.tsx";

type TabId = "triggers" | "deliveries";

const looks: Readonly<Record<TriggerView["state"], StatusName | null>> = { ok: null, late: "waiting", failing: "failed", off: "paused" };

const columns: readonly Column<TriggerView>[] = [
  {
    id: "trigger",
    title: words.columns.trigger,
    className: "w-full max-w-0",
    cell: (row) => (
      <span className="flex min-w-0 flex-col">
        <span className="truncate font-medium">{row.key}</span>
        <span className="text-xs text-muted">{words.kinds[row.type] ?? row.type}</span>
      </span>
    ),
  },
  {
    id: "workflow",
    title: words.columns.workflow,
    className: "hidden sm:table-cell",
    cell: (row) => (
      <Link to="/workflows/$id" params={{ id: row.workflow_id }} className="block w-48 truncate text-accent underline lg:w-64">
        {row.workflow_id}
      </Link>
    ),
  },
  { id: "state", title: words.columns.state, className: "w-28", cell: (row) => <State row={row} /> },
  { id: "next", title: words.columns.next, className: "hidden w-28 whitespace-nowrap md:table-cell", cell: (row) => (row.next[0] ? <RelativeTime at={row.next[0]} className="text-muted" /> : "") },
  { id: "last", title: words.columns.last, className: "hidden w-28 whitespace-nowrap lg:table-cell", cell: (row) => <RelativeTime at={row.last_at} className="text-muted" /> },
  { id: "fired", title: words.columns.fired, align: "end", className: "hidden w-20 lg:table-cell", cell: (row) => row.fired },
];

function State({ row }: { row: TriggerView }): ReactElement {
  const state = row.enabled ? row.state : "off";
  const look = looks[state];
  const word = words.states[state];
  return look === null ? <Chip tone="accent">{word}</Chip> : <StatusChip status={look}>{word}</StatusChip>;
}

export function Page(): ReactElement {
  const [address, change] = useAddress();
  const tab: TabId = address["tab"] === "deliveries" ? "deliveries" : "triggers";
  usePageCommands(["list"]);
  return (
    <PageFrame title={words.title} fill>
      <Tabs<TabId>
        label={words.tabs.label}
        value={tab}
        onChange={(id) => change({ tab: id === "triggers" ? undefined : id })}
        className="min-h-0 flex-1 bg-surface"
        panelClassName="overflow-y-auto"
        tabs={[
          { id: "triggers", label: words.tabs.triggers, content: <List chosen={address["item"]} onChoose={(id) => change({ item: id })} /> },
          { id: "deliveries", label: words.tabs.deliveries, content: <Deliveries /> },
        ]}
      />
    </PageFrame>
  );
}

function List({ chosen, onChoose }: { chosen: string | undefined; onChoose: (id: string | undefined) => void }): ReactElement {
  const query = useQuery({ ...reading("GET /api/triggers", { query: { limit: 200 } }), refetchInterval: 15_000 });
  return (
    <Read query={query} what="triggers" needs="trigger:read">
      {({ triggers }) => {
        if (triggers.length === 0) {
          return (
            <EmptyState icon={Zap} title={words.empty} actions={<Link to="/workflows" className="text-accent underline">{words.toWorkflows}</Link>}>
              {words.emptyAbout}
            </EmptyState>
          );
        }
        const open = triggers.find((each) => each.id === chosen);
        return (
          <>
            <Table label={words.title} rows={triggers} columns={columns} keyOf={(row) => row.id} onOpen={(row) => onChoose(row.id)} />
            {open === undefined ? null : <Sheet key={open.id} trigger={open} onClose={() => onChoose(undefined)} />}
          </>
        );
      }}
    </Read>
  );
}
