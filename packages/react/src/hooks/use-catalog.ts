/** What workflows can be built of. */
"use client";

import { useCallback } from "react";
import type { CatalogAnswer, Choice, JsonValue } from "../core/api.ts";
import { useClient } from "../provider.tsx";
import { useAnswer } from "./use-answer.ts";
import { useWriting } from "./use-writing.ts";

export interface UseCatalog {
  /** Node kinds, connectors with their actions and agent providers, with JSON schemas; null until it is known. */
  catalog: CatalogAnswer | null;
  loading: boolean;
  error: string | null;
  refresh: () => Promise<void>;
  /**
   * The values that a parameter of an action may have, as the connected application lists them: channels, repositories.
   * `params` is what was filled in so far. Null where it was refused: `error` says why.
   */
  fetchOptions: (connector: string, action: string, parameter: string, params?: Record<string, JsonValue>) => Promise<Choice[] | null>;
}

/** The catalog, asked for at the beginning. */
export function useCatalog(): UseCatalog {
  const client = useClient();
  const read = useCallback((signal: AbortSignal) => client.call("GET /api/catalog", { signal }), [client]);
  const { value: catalog, loading, error, clearError, refresh } = useAnswer<CatalogAnswer | null>(null, read);
  const { refused, write: ask } = useWriting(clearError);

  const fetchOptions = useCallback<UseCatalog["fetchOptions"]>(
    (connector, action, parameter, params) =>
      ask(async () => {
        const query = { parameter, params: params && JSON.stringify(params) };
        return (await client.call("GET /api/catalog/{connector}/{action}/options", { path: { connector, action }, query })).options;
      }),
    [client, ask],
  );
  return { catalog, loading, error: refused ?? error, refresh, fetchOptions };
}
