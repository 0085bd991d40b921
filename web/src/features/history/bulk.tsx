/** One thing done to many runs: those that are selected, or all that match the filters. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { useMay } from "~/lib/session";
import { history as words } from "~/lib/strings/history";
import { toast } from "~/lib/toasts";
import { Ask } from "~/ui/ask";
import { Button } from "~/ui/button";
import { Menu } from "~/ui/menu";
import type { RunFilters } from "./filters.ts";

type Action = "cancel" | "retry" | "pause" | "resume" | "delete";
const actions: readonly Action[] = ["cancel", "retry", "pause", "resume", "delete"];
const atOnce = 100;

export interface BulkProps {
  filters: RunFilters;
  selected: readonly string[];
  onDone: () => void;
}

export function Bulk({ filters, selected, onDone }: BulkProps): ReactElement {
  const [action, setAction] = useState<Action | null>(null);
  const [operate, remove] = [useMay("execution:operate"), useMay("execution:delete")];
  return (
    <>
      <Menu
        trigger={
          <Button small icon={ChevronDown}>
            {words.bulk.menu(selected.length)}
          </Button>
        }
        items={actions.map((each) => ({ label: words.bulk[each], danger: each === "delete", unavailable: (each === "delete" ? remove : operate) ? null : words.bulk.why, onSelect: () => setAction(each) }))}
      />
      {action ? <BulkDialog action={action} filters={filters} selected={selected} onClose={() => setAction(null)} onDone={onDone} /> : null}
    </>
  );
}

function BulkDialog({ action, filters, selected, onClose, onDone }: BulkProps & { action: Action; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const [progress, setProgress] = useState(0);
  const all = selected.length === 0;
  const look = useQuery({
    queryKey: ["executions", "bulk", action, filters],
    queryFn: ({ signal }) => call("POST /api/executions/bulk", { body: { action, filter: filters, limit: atOnce, dry_run: true }, signal }),
    enabled: all,
    staleTime: 0,
  });
  const act = useMutation({
    mutationFn: () => (all ? toAll(action, filters, setProgress) : toEach(action, selected, setProgress)),
    onSuccess: ({ done, failed }) => {
      toast(words.bulk.done(done, failed), { tone: failed > 0 ? "plain" : "success" });
      onDone();
      onClose();
    },
    onSettled: () => void stale(queries, "executions"),
  });
  const error = act.error ?? look.error;
  const about = all ? (look.data ? words.bulk.matching(look.data.done, Boolean(look.data.next), look.data.failed) : words.bulk.counting) : words.bulk.selected(selected.length);
  return (
    <Ask
      title={words.bulk.titles[action]}
      about={about}
      act={words.bulk.act}
      keep={words.bulk.keep}
      danger={action === "delete" || action === "cancel"}
      error={error}
      busy={act.isPending || (all && look.isPending)}
      onAct={() => act.mutate()}
      onClose={onClose}
    >
      {act.isPending ? <p role="status">{words.bulk.going(progress)}</p> : null}
    </Ask>
  );
}

interface Came {
  done: number;
  failed: number;
}

async function toAll(action: Action, filter: RunFilters, told: (done: number) => void): Promise<Came> {
  const came: Came = { done: 0, failed: 0 };
  let cursor: string | null = null;
  do {
    const answer: { done: number; failed: number; next?: string | null } = await call("POST /api/executions/bulk", { body: { action, filter, limit: atOnce, cursor } });
    came.done += answer.done;
    came.failed += answer.failed;
    told(came.done);
    cursor = answer.next ?? null;
  } while (cursor);
  return came;
}

async function toEach(action: Action, ids: readonly string[], told: (done: number) => void): Promise<Came> {
  const came: Came = { done: 0, failed: 0 };
  for (const id of ids) {
    try {
      await one(action, id);
      came.done += 1;
    } catch {
      came.failed += 1;
    }
    told(came.done);
  }
  return came;
}

function one(action: Action, id: string): Promise<unknown> {
  const path = { id };
  switch (action) {
    case "cancel":
      return call("POST /api/executions/{id}/cancel", { path });
    case "retry":
      return call("POST /api/executions/{id}/retry", { path });
    case "pause":
      return call("POST /api/executions/{id}/pause", { path });
    case "resume":
      return call("POST /api/executions/{id}/resume", { path });
    default:
      return call("DELETE /api/executions/{id}", { path });
  }
}
