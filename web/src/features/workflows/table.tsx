/** The list itself, with what can be done with each. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { JsonValue } from "@tenuto/react/api";
import { Copy, Ellipsis, Play, Trash2 } from "lucide-react";
import { type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { useMay } from "~/lib/session";
import { workflows as words } from "~/lib/strings/workflows";
import { toast } from "~/lib/toasts";
import { IconButton } from "~/ui/button";
import { Chip } from "~/ui/chip";
import { Ask } from "~/ui/ask";
import { Menu } from "~/ui/menu";
import { RelativeTime } from "~/ui/relative-time";
import { type Column, Table } from "~/ui/table";
import type { Listed } from "./listed.ts";

const columns: readonly Column<Listed>[] = [
  {
    id: "name",
    title: words.columns.name,
    className: "w-full max-w-0",
    cell: (row) => (
      <span className="flex min-w-0 flex-col">
        <Link to="/workflows/$id" params={{ id: row.id }} tabIndex={-1} className="truncate font-medium hover:underline">
          {row.name || words.unnamed}
        </Link>
        {row.description ? <span className="line-clamp-1 text-xs text-muted">{row.description}</span> : null}
      </span>
    ),
  },
  { id: "status", title: words.columns.status, className: "hidden sm:table-cell", cell: (row) => (row.version === null ? <Chip>{words.draft}</Chip> : <Chip tone="accent">{words.published(row.version)}</Chip>) },
  { id: "tags", title: words.columns.tags, className: "hidden lg:table-cell", cell: (row) => <span className="line-clamp-2 w-40 text-xs text-muted">{row.tags.join(", ")}</span> },
  { id: "steps", title: words.columns.steps, align: "end", className: "hidden w-20 sm:table-cell", cell: (row) => row.steps },
  { id: "updated", title: words.columns.updated, className: "hidden whitespace-nowrap md:table-cell", cell: (row) => (row.updated ? <RelativeTime at={row.updated} className="text-muted" /> : "") },
  { id: "more", title: words.open, hideTitle: true, className: "w-12", cell: (row) => <More row={row} /> },
];

export function WorkflowTable({ rows }: { rows: readonly Listed[] }): ReactElement {
  const navigate = useNavigate();
  return <Table label={words.title} rows={rows} columns={columns} keyOf={(row) => row.id} onOpen={(row) => void navigate({ to: "/workflows/$id", params: { id: row.id } })} />;
}

async function definitionOf(id: string): Promise<Record<string, JsonValue>> {
  const answer = await call("GET /api/workflows", { query: { id } });
  return "workflow" in answer ? (answer.workflow as Record<string, JsonValue>) : {};
}

function More({ row }: { row: Listed }): ReactElement {
  const [removing, setRemoving] = useState(false);
  const [writes, starts] = [useMay("workflow:write"), useMay("execution:start")];
  const navigate = useNavigate();
  const queries = useQueryClient();
  const failed = (error: Error): void => toast(error.message, { tone: "danger" });
  const run = useMutation({
    mutationFn: async () => call("POST /api/workflow/execute", { body: { workflow: await definitionOf(row.id), simulate: true } }),
    onSuccess: ({ execution }) => navigate({ to: "/runs/$id", params: { id: execution.id } }),
    onError: failed,
  });
  const copy = useMutation({
    mutationFn: async () => {
      const { id: _, ...rest } = await definitionOf(row.id);
      return call("POST /api/workflows/import", { body: { workflow: { ...rest, name: words.copyOf(row.name) } } });
    },
    onSuccess: () => stale(queries, "workflows"),
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: () => call("DELETE /api/workflows", { query: { id: row.id } }),
    onSuccess: async () => {
      setRemoving(false);
      await stale(queries, "workflows", "triggers");
      toast(words.removed(row.name));
    },
  });
  const items = [
    ...(starts ? [{ label: words.run, icon: Play, onSelect: () => run.mutate() }] : []),
    ...(writes ? [{ label: words.duplicate, icon: Copy, onSelect: () => copy.mutate() }, null, { label: words.remove, icon: Trash2, danger: true, onSelect: () => setRemoving(true) }] : []),
  ];
  if (items.length === 0) return <span />;
  return (
    <>
      <Menu trigger={<IconButton icon={Ellipsis} small label={words.more(row.name)} onClick={(event) => event.stopPropagation()} />} items={items} />
      {removing ? <Ask title={words.removeTitle(row.name)} about={words.removeAbout} act={words.remove} keep={words.cancel} danger error={remove.error} busy={remove.isPending} onAct={() => remove.mutate()} onClose={() => setRemoving(false)} /> : null}
    </>
  );
}
