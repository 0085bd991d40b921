/** The connected accounts: list, add, begin a consent, test, take away. What is shown of them is never a secret. */
"use client";

import { useCallback, useMemo } from "react";
import type { ConnectionView, Routes } from "../core/api.ts";
import { everything } from "../core/pages.ts";
import { useClient } from "../provider.tsx";
import { useCollection } from "./use-collection.ts";

type Consent = NonNullable<Routes["GET /api/oauth/{integration}/authorize"]["query"]>;

export interface UseConnections {
  connections: ConnectionView[];
  loading: boolean;
  error: string | null;
  refresh: () => Promise<void>;
  /** Where the person allows the access, to be opened in a window; null where it was refused: `error` says why. */
  authorize: (integration: string, wishes?: Consent) => Promise<string | null>;
  /** Connect an account by a key or a password. */
  addConnection: (account: Routes["POST /api/connections"]["body"]) => Promise<ConnectionView | null>;
  /** Try it; the connection says afterwards whether it needs attention, and why. */
  testConnection: (id: string) => Promise<ConnectionView | null>;
  /** Whether it is gone. */
  removeConnection: (id: string) => Promise<boolean>;
}

/** Connections, of one integration or of all, asked for at the beginning. */
export function useConnections(integration?: string): UseConnections {
  const client = useClient();
  const read = useCallback(
    (signal: AbortSignal) =>
      everything(async (cursor) => {
        const page = await client.call("GET /api/connections", { query: { integration, cursor }, signal });
        return { items: page.connections, next: page.next };
      }),
    [client, integration],
  );
  const { items, loading, error, refresh, put, drop, write } = useCollection(read);
  // One that was added here may be another integration's.
  const connections = useMemo(() => items.filter((one) => !integration || one.integration === integration), [items, integration]);

  const authorize = useCallback<UseConnections["authorize"]>(
    (name, query = {}) => write(async () => (await client.call("GET /api/oauth/{integration}/authorize", { path: { integration: name }, query })).url),
    [client, write],
  );
  const addConnection = useCallback<UseConnections["addConnection"]>(
    (body) => put(async () => (await client.call("POST /api/connections", { body })).connection),
    [client, put],
  );
  const testConnection = useCallback<UseConnections["testConnection"]>(
    (id) => put(async () => (await client.call("POST /api/connections/{id}/test", { path: { id } })).connection),
    [client, put],
  );
  const removeConnection = useCallback<UseConnections["removeConnection"]>(
    (id) => drop(id, () => client.call("DELETE /api/connections/{id}", { path: { id } })),
    [client, drop],
  );
  return { connections, loading, error, refresh, authorize, addConnection, testConnection, removeConnection };
}
