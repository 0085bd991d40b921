/** A step as the definition of this run has it, whatever has become of the workflow since. */
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { reading } from "~/lib/api";
import { run as words } from "~/lib/strings/run";
import { ErrorState, Loading } from "~/ui/states";
import { isObject } from "~/ui/value-shapes";
import { useRun } from "../context.ts";
import { ValueView } from "./value-view.tsx";

export function Definition({ node }: { node: string }): ReactElement {
  const { detail, nameOf } = useRun();
  const query = useQuery({ ...reading("GET /api/executions/{id}/definition", { path: { id: detail.id } }), enabled: !detail.imported, staleTime: Number.POSITIVE_INFINITY });
  if (detail.imported) return <p className="text-sm text-muted">{words.inspector.noDefinition}</p>;
  if (query.error) return <ErrorState message={query.error.message} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const nodes = query.data.definition["nodes"];
  const found = Array.isArray(nodes) ? nodes.find((each) => isObject(each) && each["id"] === node) : undefined;
  return <ValueView value={found ?? null} label={`${words.inspector.tabs.definition}: ${nameOf(node)}`} />;
}
