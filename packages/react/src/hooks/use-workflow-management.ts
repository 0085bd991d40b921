/** The workflows of the workspace: list, create, change, delete. */
"use client";

import { useCallback } from "react";
import type { WorkflowChanges, WorkflowDefinition, WorkflowDraft } from "../core/kept.ts";
import { useClient } from "../provider.tsx";
import { useCollection } from "./use-collection.ts";

export interface UseWorkflowManagement {
  workflows: WorkflowDefinition[];
  loading: boolean;
  error: string | null;
  fetchWorkflows: () => Promise<void>;
  /** The workflow as it is stored, or null where it was refused: `error` says why. */
  createWorkflow: (workflow: WorkflowDraft) => Promise<WorkflowDefinition | null>;
  updateWorkflow: (id: string, changes: WorkflowChanges) => Promise<WorkflowDefinition | null>;
  /** Whether it is gone. */
  deleteWorkflow: (id: string) => Promise<boolean>;
}

/** Workflows, asked for at the beginning; what is changed here is shown at once. */
export function useWorkflowManagement(): UseWorkflowManagement {
  const client = useClient();
  const read = useCallback(async (signal: AbortSignal) => [...(await client.workflows({ signal }))], [client]);
  const { items: workflows, loading, error, refresh: fetchWorkflows, put, drop } = useCollection(read);

  const createWorkflow = useCallback<UseWorkflowManagement["createWorkflow"]>(
    (workflow) => put(() => client.createWorkflow(workflow)),
    [client, put],
  );
  const updateWorkflow = useCallback<UseWorkflowManagement["updateWorkflow"]>(
    (id, changes) => put(() => client.updateWorkflow(id, changes)),
    [client, put],
  );
  const deleteWorkflow = useCallback((id: string) => drop(id, () => client.deleteWorkflow(id)), [client, drop]);

  return { workflows, loading, error, fetchWorkflows, createWorkflow, updateWorkflow, deleteWorkflow };
}
