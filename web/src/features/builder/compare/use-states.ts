/** The states that there are, and two of them with what is different between them. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { StateView } from "@tenuto/react/api";
import { useMemo } from "react";
import { reading } from "~/lib/api";
import { versions as say } from "~/lib/strings/versions";
import { type Difference, differenceOf, type Document, type JsonObject, read } from "../model/index.ts";

export type State = StateView;

export function useStates(id: string): UseQueryResult<{ states: readonly State[] }> {
  return useQuery({ ...reading("GET /api/workflows/{id}/states", { path: { id } }), staleTime: 0 });
}

export interface StateRead {
  readonly state: State;
  readonly document: Document;
}

export interface OneState {
  readonly data: StateRead | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** `rev` is that of the draft, which is read again when it is another one. */
export function useStateOf(id: string, of: string, rev: number | null, enabled = true): OneState {
  const { queryKey, queryFn } = reading("GET /api/workflows/{id}/state", { path: { id }, query: { of } });
  const changing = of === "draft" || of === "published";
  const { data, error, refetch } = useQuery({ queryKey: [...queryKey, changing ? rev : null], ...(queryFn === undefined ? {} : { queryFn }), enabled, staleTime: changing ? 0 : Number.POSITIVE_INFINITY, retry: false });
  const found = useMemo(() => (data === undefined ? undefined : { state: data.state, document: read(data.definition as unknown as JsonObject) }), [data]);
  return { data: found, error, retry: () => void refetch() };
}

export function useDifference(before: Document | undefined, after: Document | undefined): Difference | null {
  return useMemo(() => (before === undefined || after === undefined ? null : differenceOf(before, after)), [before, after]);
}

/** "Version 3 (published)". */
export function nameOf(state: Pick<State, "kind" | "number" | "current">): string {
  const number = state.number ?? 0;
  if (state.kind === "draft") return say.state.draft;
  if (state.kind === "point") return say.state.point(number);
  return state.current ? say.state.published(number) : say.state.version(number);
}

/** "Ana": without what says that she is a member. */
export function whoOf(state: Pick<State, "by">): string {
  const label = state.by?.label ?? "";
  return label === "" || label === "local" ? say.state.nobody : label.replace(/^(member|key):/, "");
}
