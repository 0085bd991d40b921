/** The draft with which the builder begins: asked for while its script is still on its way. */
import type { QueryClient } from "@tanstack/react-query";
import type { Answer } from "@tenuto/react/core";
import { reading } from "./api.ts";

/** Unreachable or refused is told at once: the builder has its own way to try again. */
export const readingDraft = (id: string) => ({ ...reading("GET /api/workflows/{id}/draft", { path: { id } }), staleTime: 2_000, retry: false, networkMode: "always" as const });

/** It is taken once: at any moment after that it may be another. */
export async function takeDraft(queries: QueryClient, id: string): Promise<Answer<"GET /api/workflows/{id}/draft">["draft"]> {
  const asked = readingDraft(id);
  try {
    return (await queries.fetchQuery(asked)).draft;
  } finally {
    queries.removeQueries({ queryKey: asked.queryKey, exact: true });
  }
}
