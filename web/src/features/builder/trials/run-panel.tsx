/** The test of a part, while it runs and after: each step, and the run that it is. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect } from "react";
import { reading, stale } from "~/lib/api";
import { duration } from "~/lib/format";
import { trials as say } from "~/lib/strings/trials";
import { Chip, StatusChip, statusOf } from "~/ui/chip";
import { ErrorState, Loading } from "~/ui/states";
import { type EditorView, titleOf } from "../model/index.ts";

const ended = new Set(["completed", "failed", "cancelled"]);

export function RunPanel({ run, view }: { run: string; view: EditorView }): ReactElement {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    ...reading("GET /api/executions/{id}", { path: { id: run } }),
    refetchInterval: (query) => (ended.has(query.state.data?.execution.status ?? "") ? false : 500),
  });
  const over = ended.has(data?.execution.status ?? "");
  useEffect(() => {
    if (over) void stale(queries, "workflows");
  }, [over, queries]);
  if (error) return <ErrorState message={error.message} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const { execution } = data;
  const nameOf = (id: string): string => (view.document.nodes[id] === undefined ? id : titleOf(view.document.nodes[id]));
  return (
    <div className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-3 text-sm">
        <StatusChip status={statusOf(execution.status)} />
        {execution.simulated ? <Chip tone="simulated">{say.result.simulated}</Chip> : null}
        <p role="status">{over ? say.run.ended(execution.status) : say.run.running}</p>
        <Link to="/runs/$id" params={{ id: run }} className="text-accent underline">
          {say.run.open}
        </Link>
      </div>
      {execution.error ? (
        <p role="alert" className="text-sm text-danger">
          {[execution.error.detail, execution.error.fix].filter(Boolean).join(" ")}
        </p>
      ) : null}
      <ol className="flex flex-col">
        {Object.entries(execution.nodes).map(([id, node]) => (
          <li key={id} className="flex items-center gap-3 border-b border-line py-1 text-sm">
            <button type="button" className="min-w-0 flex-1 truncate rounded-sm text-left hover:underline" onClick={() => view.dispatch({ type: "select", selection: { nodes: [id] } })}>
              {nameOf(id)}
            </button>
            {execution.given?.[id] === undefined ? null : <Chip tone={execution.given[id] === "pinned" ? "pinned" : "plain"}>{say.source(execution.given[id])}</Chip>}
            <span className="text-xs text-muted">{node.duration_ms === null ? "" : duration(node.duration_ms)}</span>
            <StatusChip status={statusOf(node.status)} />
          </li>
        ))}
      </ol>
    </div>
  );
}
