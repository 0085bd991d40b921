/** The agents of the workspace: list, create, change, delete. */
"use client";

import { useCallback } from "react";
import type { AgentBody, AgentChange, AgentView, AgentsAnswer } from "../core/api.ts";
import { everything } from "../core/pages.ts";
import { useClient } from "../provider.tsx";
import { useCollection } from "./use-collection.ts";

export interface UseAgents {
  agents: AgentView[];
  loading: boolean;
  error: string | null;
  fetchAgents: () => Promise<void>;
  /** The agent as it is stored, or null where it was refused: `error` says why. */
  createAgent: (agent: AgentBody) => Promise<AgentView | null>;
  updateAgent: (id: string, changes: Omit<AgentChange, "id">) => Promise<AgentView | null>;
  /** Whether it is gone. */
  deleteAgent: (id: string) => Promise<boolean>;
}

/** Agents, asked for at the beginning; what is changed here is shown at once. */
export function useAgents(): UseAgents {
  const client = useClient();
  const read = useCallback(
    (signal: AbortSignal) =>
      everything(async (cursor) => {
        const page = (await client.call("GET /api/agents/config", { query: { cursor }, signal })) as AgentsAnswer;
        return { items: page.agents, next: page.next };
      }),
    [client],
  );
  const { items: agents, loading, error, refresh: fetchAgents, put, drop } = useCollection(read);

  const createAgent = useCallback<UseAgents["createAgent"]>(
    (body) => put(async () => (await client.call("POST /api/agents/config", { body })).agent),
    [client, put],
  );
  const updateAgent = useCallback<UseAgents["updateAgent"]>(
    (id, changes) => put(async () => (await client.call("PUT /api/agents/config", { body: { ...changes, id } })).agent),
    [client, put],
  );
  const deleteAgent = useCallback(
    (id: string) => drop(id, () => client.call("DELETE /api/agents/config", { query: { id } })),
    [client, drop],
  );
  return { agents, loading, error, fetchAgents, createAgent, updateAgent, deleteAgent };
}
