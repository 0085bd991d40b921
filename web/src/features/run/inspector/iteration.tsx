/** One item of a map or loop: its steps, and what came of it. */
import { useQuery } from "@tanstack/react-query";
import type { Status } from "@tenuto/react/core";
import type { ReactElement } from "react";
import { reading } from "~/lib/api";
import { useNow } from "~/lib/clock";
import { run as words } from "~/lib/strings/run";
import { StatusChip } from "~/ui/chip";
import { ErrorState, Loading } from "~/ui/states";
import { stateOf } from "../model/from-detail.ts";
import { lookOf } from "../model/look.ts";
import { namesOf, orderOf } from "../model/names.ts";
import { ValueView } from "./value-view.tsx";

export function Iteration({ id, status }: { id: string; status: Status }): ReactElement {
  const query = useQuery({ ...reading("GET /api/executions/{id}", { path: { id } }), queryKey: ["executions", "item", id, status], placeholderData: undefined as never });
  const now = useNow();
  if (query.error) return <ErrorState message={query.error.message} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const { execution } = query.data;
  const { nodes } = stateOf(execution);
  const nameOf = namesOf(execution.graph);
  const at = now;
  return (
    <div className="flex flex-col gap-2">
      <ol className="flex flex-col gap-1">
        {orderOf(execution.graph, nodes.keys()).map((node) => {
          const look = lookOf(nodes.get(node), execution.status, at);
          return (
            <li key={node} className="flex items-center justify-between gap-2 text-sm">
              <span className="min-w-0 truncate">{nameOf(node)}</span>
              <StatusChip status={look.status} className="max-w-[60%] truncate">
                {look.word}
              </StatusChip>
            </li>
          );
        })}
      </ol>
      {execution.error ? <p className="text-sm text-danger">{execution.error.detail}</p> : null}
      <ValueView value={{ input: execution.input, output: execution.output }} label={words.inspector.result} />
    </div>
  );
}
