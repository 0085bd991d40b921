/** The workflows of the workspace: list, create, change, delete. */
"use client";

import { useCallback, useEffect, useState } from "react";
import type { WorkflowChanges, WorkflowDefinition, WorkflowDraft } from "../core/kept.ts";
import { useClient } from "../provider.tsx";
import { useLatest } from "./use-latest.ts";
import { useWriting } from "./use-writing.ts";

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
  const { loading, error, clearError, run } = useLatest(true);
  const { writing, refused, write } = useWriting(clearError);
  const [workflows, setWorkflows] = useState<WorkflowDefinition[]>([]);

  const fetchWorkflows = useCallback(async () => {
    const found = await run((signal) => client.workflows({ signal }));
    if (found !== null) setWorkflows([...found]);
  }, [client, run]);

  const createWorkflow = useCallback(async (workflow: WorkflowDraft) => {
    const made = await write(() => client.createWorkflow(workflow));
    if (made !== null) setWorkflows((known) => [made, ...known.filter(({ id }) => id !== made.id)]);
    return made;
  }, [client, write]);

  const updateWorkflow = useCallback(async (id: string, changes: WorkflowChanges) => {
    const changed = await write(() => client.updateWorkflow(id, changes));
    if (changed !== null) setWorkflows((known) => known.map((one) => (one.id === id ? changed : one)));
    return changed;
  }, [client, write]);

  const deleteWorkflow = useCallback(async (id: string) => {
    const gone = (await write(() => client.deleteWorkflow(id).then(() => true))) ?? false;
    if (gone) setWorkflows((known) => known.filter((one) => one.id !== id));
    return gone;
  }, [client, write]);

  useEffect(() => void fetchWorkflows(), [fetchWorkflows]);
  const shown = { workflows, loading: loading || writing, error: refused ?? error };
  return { ...shown, fetchWorkflows, createWorkflow, updateWorkflow, deleteWorkflow };
}
