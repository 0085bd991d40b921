/** Agents: who can be asked, by what they answer, and a first question to each. */
import { useQuery } from "@tanstack/react-query";
import type { AgentView, AgentsAnswer } from "@tenuto/react/api";
import { Bot, MessageSquare, Plus } from "lucide-react";
import type { ReactElement } from "react";
import { useAddress } from "~/lib/address";
import { reading } from "~/lib/api";
import { usePageCommands } from "~/lib/menu-items";
import { useMay } from "~/lib/session";
import { agents as words } from "~/lib/strings/agents";
import { Button } from "~/ui/button";
import { StatusChip } from "~/ui/chip";
import { PageFrame } from "~/ui/page-frame";
import { Read } from "~/ui/read";
import { EmptyState } from "~/ui/states";
import { type Column, Table } from "~/ui/table";
import { AgentSheet } from "./sheet.tsx";

const columns: readonly Column<AgentView>[] = [
  {
    id: "name",
    title: words.columns.name,
    className: "w-full max-w-0",
    cell: (row) => (
      <span className="flex min-w-0 flex-col">
        <span className="truncate font-medium">{row.name}</span>
        {row.description ? <span className="line-clamp-1 text-xs text-muted">{row.description}</span> : null}
      </span>
    ),
  },
  {
    id: "provider",
    title: words.columns.provider,
    className: "hidden sm:table-cell",
    cell: (row) => (
      <span className="line-clamp-2 w-36 text-muted">
        {words.providers[row.provider ?? ""] ?? row.provider}
        {row.model ? ` · ${row.model}` : ""}
      </span>
    ),
  },
  { id: "capabilities", title: words.columns.capabilities, className: "hidden lg:table-cell", cell: (row) => <span className="line-clamp-2 w-56 text-xs text-muted">{(row.capabilities ?? []).join(", ").replaceAll("_", " ")}</span> },
  { id: "status", title: words.columns.status, className: "w-32", cell: (row) => <StatusChip status={row.status === "inactive" ? "paused" : "done"}>{row.status === "inactive" ? words.inactive : words.active}</StatusChip> },
];

function talking(onTalk: (id: string) => void): Column<AgentView> {
  return {
    id: "talk",
    title: words.columns.talk,
    hideTitle: true,
    className: "w-24",
    cell: (row) => (
      <Button small icon={MessageSquare} aria-label={words.talkTo(row.name)} onClick={(event) => (event.stopPropagation(), onTalk(row.id))}>
        {words.talk}
      </Button>
    ),
  };
}

export function Page(): ReactElement {
  const [address, change] = useAddress();
  const may = useMay("agent:write");
  const mayAsk = useMay("agent:ask");
  const query = useQuery(reading<"GET /api/agents/config", AgentsAnswer>("GET /api/agents/config", { query: { limit: 200 } }));
  usePageCommands(["list"]);
  const create = (
    <Button icon={Plus} variant="primary" onClick={() => change({ item: "new" })}>
      {words.create}
    </Button>
  );
  return (
    <PageFrame title={words.title} actions={may ? create : null}>
      <Read query={query} what="agents" needs="agent:read">
        {({ agents }) => {
          const chosen = agents.find((each) => each.id === address["item"]);
          const close = (): void => change({ item: undefined, view: undefined });
          return (
            <>
              {agents.length === 0 ? (
                <EmptyState icon={Bot} title={words.empty} actions={may ? create : null}>
                  {words.emptyAbout}
                </EmptyState>
              ) : (
                <Table label={words.title} rows={agents} columns={mayAsk ? [...columns, talking((id) => change({ item: id, view: "chat" }))] : columns} keyOf={(row) => row.id} onOpen={(row) => change({ item: row.id })} />
              )}
              {chosen !== undefined || address["item"] === "new" ? <AgentSheet key={chosen?.id ?? "new"} agent={chosen ?? null} view={address["view"] === "chat" ? "chat" : "setup"} onView={(view) => change({ view })} onClose={close} /> : null}
            </>
          );
        }}
      </Read>
    </PageFrame>
  );
}
