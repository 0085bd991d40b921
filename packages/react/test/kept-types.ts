/** The kept names and shapes, held by the compiler: this file is checked by `npm run types` and never run. */
import type { Client, MonitorUpdate, WorkflowDefinition, WorkflowExecution } from "../src/index.ts";
import type {
  WorkflowMonitor,
  useWorkflow,
  useWorkflowHistory,
  useWorkflowManagement,
  useWorkflowMonitor,
  useWorkflowStatus,
} from "../src/index.ts";

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
function holds<_Fact extends true>(): void {}

type Workflow = ReturnType<typeof useWorkflow>;
holds<Same<keyof Workflow, "executeWorkflow" | "loading" | "error" | "execution" | "clearError">>();
holds<Same<Parameters<Workflow["executeWorkflow"]>, [workflow: WorkflowDefinition, message: string, userId?: string | undefined]>>();
holds<Same<Workflow["error"], string | null>>();

type History = ReturnType<typeof useWorkflowHistory>;
holds<Same<keyof History, "executions" | "loading" | "error" | "fetchExecutions" | "refresh">>();
holds<Same<History["executions"], WorkflowExecution[]>>();

type Management = ReturnType<typeof useWorkflowManagement>;
type Managing = "fetchWorkflows" | "createWorkflow" | "updateWorkflow" | "deleteWorkflow";
holds<Same<keyof Management, "workflows" | "loading" | "error" | Managing>>();
holds<Same<Management["workflows"], WorkflowDefinition[]>>();

type Monitor = ReturnType<typeof useWorkflowMonitor>;
holds<Same<keyof Monitor, "updates" | "connected" | "error" | "clearUpdates">>();
holds<Same<Monitor["updates"], MonitorUpdate[]>>();

type Status = ReturnType<typeof useWorkflowStatus>;
holds<Same<keyof Status, "state" | "currentNode" | "progress" | "message">>();
holds<Same<Status["state"], "idle" | "running" | "completed" | "failed">>();
holds<Same<WorkflowExecution["status"], "pending" | "running" | "completed" | "failed">>();

export const propsOfMonitor: Parameters<typeof WorkflowMonitor>[0] = { executionId: "r", onComplete: (success: boolean) => void success };

// @ts-expect-error: a message is needed.
export const noMessage: Parameters<Workflow["executeWorkflow"]> = [{ id: "w", name: "W", nodes: [], startNode: "a" }];
// @ts-expect-error: a run that waits is `running` on the kept routes.
export const noStatus: WorkflowExecution["status"] = "waiting";

export async function routes(client: Client): Promise<void> {
  await client.call("GET /api/auth/me");
  const { execution } = await client.call("GET /api/executions/{id}", { path: { id: "r" } });
  holds<Same<typeof execution.head, number>>();
  // @ts-expect-error: the id is needed.
  await client.call("GET /api/executions/{id}");
  // @ts-expect-error: there is no such route.
  await client.call("GET /api/nonsense");
  // @ts-expect-error: there is no such status.
  await client.call("GET /api/executions", { query: { status: ["done"] } });
}
