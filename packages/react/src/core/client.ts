/** The client of the API: one typed method for each route that the hooks need; failures are thrown as `Problem`. */

import type {
  ExecuteBody,
  ExecutionDetail,
  JsonValue,
  KeptAnswer,
  KeptExecution,
  KeptList,
  WorkflowBody,
  WorkflowChange,
  WorkflowsAnswer,
} from "./api.ts";
import type { ExecutionEvent } from "./events.ts";
import type { WorkflowChanges, WorkflowDefinition, WorkflowDraft } from "./kept.ts";
import { everything } from "./pages.ts";
import { type Answer, type Arguments, type Route, callRoute } from "./routes.ts";
import { type Call, type Transport, type TransportOptions, transport } from "./transport.ts";

export type ClientOptions = TransportOptions;

/** What is to be run: a whole workflow, or the id of one that is stored. */
export type StartRequest = Omit<ExecuteBody, "workflow"> & { workflow?: WorkflowDefinition };

/** How runs are listed by the kept route. */
export interface ExecutionFilter {
  workflowId?: string | undefined;
  status?: KeptExecution["status"] | undefined;
  limit?: number | undefined;
}

/** A part of a run's log, and where the next one begins. */
export interface EventsPage {
  readonly events: readonly ExecutionEvent[];
  readonly next: number | null;
}

type Aborting = Pick<Call, "signal">;

/** Calls the API. It holds no state and may be shared by everything on a page. */
export class Client {
  /** How calls are made, for those who call further routes. */
  readonly transport: Transport;

  constructor(options: ClientOptions = {}) {
    this.transport = transport(options);
  }

  /** Call any route, typed by the API's description: `client.call("GET /api/executions/{id}", { path: { id } })`. */
  call<R extends Route>(route: R, ...given: Arguments<R>): Promise<Answer<R>> {
    return callRoute(this.transport, route, ...given);
  }

  /** Start a run; it is answered at once, `pending`. The same `key` never starts a second one. */
  async execute(request: StartRequest, { key = newKey(), ...call }: Aborting & { key?: string } = {}): Promise<KeptExecution> {
    const body = sent<ExecuteBody>(request);
    // With its key the call is safe to make again, so an answer that was lost on the way costs nothing.
    const answer = await this.call("POST /api/workflow/execute", { ...call, body, headers: { "Idempotency-Key": key }, again: true });
    return answer.execution;
  }

  /** A run as the kept route shows it, with the results of its nodes. */
  async kept(id: string, call: Aborting = {}): Promise<KeptExecution> {
    return ((await this.call("GET /api/workflows/executions", { ...call, query: { id } })) as KeptAnswer).execution;
  }

  /** Runs, newest first. */
  async executions(filter: ExecutionFilter = {}, call: Aborting = {}): Promise<readonly KeptExecution[]> {
    const query = { workflow_id: filter.workflowId, status: filter.status, limit: filter.limit };
    return ((await this.call("GET /api/workflows/executions", { ...call, query })) as KeptList).executions;
  }

  /** A run with its true status, its graph and its nodes. */
  async execution(id: string, call: Aborting = {}): Promise<ExecutionDetail> {
    return (await this.call("GET /api/executions/{id}", { ...call, path: { id } })).execution;
  }

  /** A part of a run's log: what the fold takes in. */
  async events(id: string, { after = 0, limit = 1000, ...call }: Aborting & { after?: number; limit?: number } = {}): Promise<EventsPage> {
    const answer = await this.call("GET /api/executions/{id}/events", { ...call, path: { id }, query: { after, limit } });
    return { events: answer.events as readonly unknown[] as readonly ExecutionEvent[], next: answer.next ?? null };
  }

  /** Every workflow of the workspace. */
  workflows(call: Aborting = {}): Promise<readonly WorkflowDefinition[]> {
    return everything(async (cursor) => {
      const page = (await this.call("GET /api/workflows", { ...call, query: { cursor } })) as WorkflowsAnswer;
      return { items: page.workflows.map(definition), next: page.next };
    });
  }

  async createWorkflow(draft: WorkflowDraft, call: Aborting = {}): Promise<WorkflowDefinition> {
    const body = sent<WorkflowBody>(draft);
    return definition((await this.call("POST /api/workflows", { ...call, body })).workflow);
  }

  /** Change a workflow; with `revision` it is refused (409) where somebody else was quicker. */
  async updateWorkflow(id: string, changes: WorkflowChanges, call: Aborting = {}): Promise<WorkflowDefinition> {
    const body = sent<WorkflowChange>({ ...changes, id });
    return definition((await this.call("PUT /api/workflows", { ...call, body })).workflow);
  }

  async deleteWorkflow(id: string, call: Aborting = {}): Promise<void> {
    await this.call("DELETE /api/workflows", { ...call, query: { id } });
  }
}

/** An interface is JSON as well, though the compiler does not see it: it might get further fields elsewhere. */
function sent<Body>(value: object): Body {
  return value as Body;
}

function definition(workflow: Record<string, JsonValue>): WorkflowDefinition {
  return workflow as unknown as WorkflowDefinition;
}

/** `crypto.randomUUID` is there on secure origins only; this is everywhere. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
