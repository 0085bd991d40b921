/** What `@tenuto/react` offers: the hooks, the monitor and the provider; everything without React is in `@tenuto/react/core`. */
"use client";

export type { JsonValue } from "./core/api.ts";
export { Client, type ClientOptions } from "./core/client.ts";
export type {
  MonitorUpdate,
  WorkflowAgent,
  WorkflowChanges,
  WorkflowDefinition,
  WorkflowDraft,
  WorkflowExecution,
  WorkflowNode,
} from "./core/kept.ts";
export { Problem } from "./core/problem.ts";
export type { Reachable, WorkflowStatus } from "./core/status.ts";
export { type UseAgents, useAgents } from "./hooks/use-agents.ts";
export { type UseApprovals, useApprovals } from "./hooks/use-approvals.ts";
export { type UseCatalog, useCatalog } from "./hooks/use-catalog.ts";
export { type UseConnections, useConnections } from "./hooks/use-connections.ts";
export { type StartedExecution, type UseWorkflow, useWorkflow } from "./hooks/use-workflow.ts";
export { type UseWorkflowHistory, useWorkflowHistory } from "./hooks/use-workflow-history.ts";
export { type UseWorkflowManagement, useWorkflowManagement } from "./hooks/use-workflow-management.ts";
export { type UseWorkflowMonitor, useWorkflowMonitor } from "./hooks/use-workflow-monitor.ts";
export { useWorkflowStatus } from "./hooks/use-workflow-status.ts";
export { TenutoProvider, type TenutoProviderProps, useClient } from "./provider.tsx";
export { WorkflowMonitor, type WorkflowMonitorProps } from "./workflow-monitor.tsx";
