/** The nouns of the kept routes, in the words in which clients know them. */

import type { JsonValue, KeptExecution } from "./api.ts";

/** A run, as the kept routes show it: four statuses only. */
export type WorkflowExecution = KeptExecution;

export interface WorkflowAgent {
  id: string;
  name: string;
  description: string;
  agent_id: string;
  type: "coordinator" | "specialist" | "integration";
  capabilities: string[];
  integrations?: string[];
}

export interface WorkflowNode {
  id: string;
  /** `agent`, `condition`, `integration`, `transform`, or any other kind of the catalog. */
  type: string;
  agent?: WorkflowAgent;
  config: Record<string, JsonValue>;
  nextNodes?: string[];
}

export interface WorkflowDefinition {
  id: string;
  name: string;
  description?: string;
  agents?: WorkflowAgent[];
  nodes: WorkflowNode[];
  edges?: { from: string; port?: string; to: string }[];
  startNode: string;
  created?: string;
  updated?: string;
}

/** What a workflow is made of; the id is given by the server where there is none. */
export type WorkflowDraft = Omit<WorkflowDefinition, "id" | "created" | "updated"> & { id?: string };

/** What of a workflow is changed; with `revision` only if nobody has changed it since. */
export type WorkflowChanges = Partial<Omit<WorkflowDraft, "id">> & { revision?: number };

/** One message of a run's live stream. `seq` is its place in the log; what is transient has none. */
export interface MonitorUpdate {
  type: string;
  data: Record<string, JsonValue>;
  timestamp: string;
  /** Of `connected`. */
  execution_id?: string;
  seq?: number;
}
