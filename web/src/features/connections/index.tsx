/** Connections: whose accounts are here, whether they work, and who would notice if they did not. Never a secret. */
import { useQuery } from "@tanstack/react-query";
import type { ConnectionView } from "@tenuto/react/api";
import { Plug, Plus } from "lucide-react";
import { type ReactElement, useMemo } from "react";
import { useAddress } from "~/lib/address";
import { reading } from "~/lib/api";
import { useApplicationName } from "~/lib/applications";
import { usePageCommands } from "~/lib/menu-items";
import { useMay } from "~/lib/session";
import { connections as words } from "~/lib/strings/connections";
import { Button } from "~/ui/button";
import { StatusChip, type StatusName } from "~/ui/chip";
import { PageFrame } from "~/ui/page-frame";
import { Read } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { EmptyState } from "~/ui/states";
import { type Column, Table } from "~/ui/table";
import { Connect } from "./connect.tsx";
import { Sheet } from "./sheet.tsx";

const looks: Readonly<Record<string, StatusName>> = { valid: "done", expiring: "waiting", needs_attention: "failed" };

const columnsWith = (applicationName: (key: string) => string): readonly Column<ConnectionView>[] => [
  {
    id: "account",
    title: words.columns.account,
    className: "w-full max-w-0",
    cell: (row) => (
      <span className="flex min-w-0 flex-col">
        <span className="truncate font-medium">{row.name}</span>
        {row.account ? <span className="truncate text-xs text-muted">{row.account}</span> : null}
        <span className="truncate text-xs text-muted sm:hidden">{applicationName(row.integration)}</span>
      </span>
    ),
  },
  { id: "integration", title: words.columns.integration, className: "hidden whitespace-nowrap sm:table-cell", cell: (row) => applicationName(row.integration) },
  {
    id: "status",
    title: words.columns.status,
    className: "max-sm:max-w-36",
    cell: (row) => (
      <span className="flex flex-col items-start gap-0.5">
        <StatusChip status={looks[row.status ?? ""] ?? "unknown"} className="max-sm:h-auto max-sm:py-0.5 max-sm:whitespace-normal">{words.status[row.status ?? ""]}</StatusChip>
        {row.reason ? <span className="line-clamp-2 text-xs text-muted sm:w-60">{row.reason}</span> : null}
      </span>
    ),
  },
  { id: "used", title: words.columns.used, className: "hidden whitespace-nowrap md:table-cell", cell: (row) => <span className="text-muted">{row.workflows?.length ? words.workflows(row.workflows.length) : words.nobody}</span> },
  { id: "ends", title: words.columns.ends, className: "hidden whitespace-nowrap lg:table-cell", cell: (row) => <span className="text-muted">{row.renewable ? words.renewed : row.expires_at ? <RelativeTime at={row.expires_at} /> : words.noEnd}</span> },
];

export function Page(): ReactElement {
  const [address, change] = useAddress();
  const may = useMay("connection:write");
  const query = useQuery({ ...reading("GET /api/connections", { query: { limit: 200 } }), refetchInterval: 15_000 });
  const applicationName = useApplicationName();
  const columns = useMemo(() => columnsWith(applicationName), [applicationName]);
  usePageCommands(["list"]);
  const connect = (
    <Button icon={Plus} variant="primary" onClick={() => change({ connect: "yes" })}>
      {words.connect}
    </Button>
  );
  return (
    <PageFrame title={words.title} actions={may ? connect : null}>
      <Read query={query} what="connections" needs="connection:read">
        {({ connections }) => {
          const chosen = connections.find((each) => each.id === address["item"]);
          return (
            <>
              {connections.length === 0 ? (
                <EmptyState icon={Plug} title={words.empty} actions={may ? connect : null}>
                  {words.emptyAbout}
                </EmptyState>
              ) : (
                <Table label={words.title} rows={connections} columns={columns} keyOf={(row) => row.id} onOpen={(row) => change({ item: row.id })} />
              )}
              {chosen === undefined ? null : <Sheet key={chosen.id} connection={chosen} onAgain={() => change({ item: undefined, connect: chosen.integration })} onClose={() => change({ item: undefined })} />}
            </>
          );
        }}
      </Read>
      {address["connect"] ? <Connect integration={address["connect"]} onClose={() => change({ connect: undefined })} /> : null}
    </PageFrame>
  );
}
