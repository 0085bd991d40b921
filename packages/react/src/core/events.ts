/** The events of a run's log, as `/api/executions/{id}/events` and `spec/traces` have them: the union that the fold takes in. */

import type { JsonValue, ProblemData, Usage } from "./api.ts";

export type Effect = "pure" | "read" | "idempotent_write" | "write";

/** A problem inside an event: its `type` is the stable name without a prefix. */
export type EventProblem = Pick<ProblemData, "type" | "detail"> & Partial<ProblemData>;

interface Event<Type extends string, Data> {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: Type;
  readonly node: string | null;
  /** Fields that hold nothing are left out, as they are in the store. */
  readonly data: Readonly<Data>;
}

/** An event about one node. */
interface NodeEvent<Type extends string, Data> extends Event<Type, Data & { usage?: Usage | null }> {
  readonly node: string;
}

export type WorkflowStarted = Event<
  "workflow_started",
  {
    workflow_id?: string | null;
    workflow_name: string;
    version: string;
    input?: JsonValue;
    vars?: Record<string, JsonValue>;
    message?: string;
    user_id?: string | null;
    session_id?: string | null;
    simulated?: boolean;
    trigger?: string;
    started_by?: string[] | null;
    trigger_data?: Record<string, JsonValue> | null;
    /** Of a child: whose it is. */
    within?: { parent: string; execution: string; node: string; attempt: number; index: number; depth: number } | null;
    /** Of a fork: from what; its first `copied` events tell what happened in the other run. */
    forked?: { execution: string; node: string; copied: number } | null;
    root?: string | null;
    /** Of a replay: of what. */
    replayed?: { execution: string; against: string; at: string; trigger: string; answers?: "recorded" | "simulated" } | null;
  }
>;

export type NodeStarted = NodeEvent<
  "node_started",
  {
    node_type: string;
    agent_name?: string | null;
    attempt?: number;
    key?: string;
    effect?: Effect;
    input?: JsonValue;
    spawns?: boolean | null;
    /** The completed node whose effect it is to undo. */
    undoes?: string | null;
    /** True where an attempt that has waited goes on; its input is what it was. */
    resumed?: boolean | null;
  }
>;

export type NodeProgress = Event<"node_progress", { data?: JsonValue; kind?: string; answers?: string | null }>;

export type StepStarted = NodeEvent<
  "step_started",
  {
    attempt: number;
    step: string;
    key: string;
    effect?: Effect;
    input?: JsonValue;
    digest?: string | null;
    /** True where somebody decided that it shall be done (again): it has not begun. */
    pending?: boolean | null;
  }
>;

export type StepCompleted = NodeEvent<
  "step_completed",
  {
    attempt: number;
    step: string;
    output?: JsonValue;
    problem?: EventProblem | null;
    /** Whether it only says what was learnt on the way. */
    fact?: boolean;
    digest?: string | null;
    by?: string | null;
  }
>;

export type NodeWaiting = NodeEvent<
  "node_waiting",
  {
    reason: string;
    until?: string | null;
    data?: Record<string, JsonValue>;
    answers?: string | null;
    /** Whether a rate limit makes it wait. */
    held?: boolean;
  }
>;

export type NodeRetrying = NodeEvent<
  "node_retrying",
  {
    /** The attempt that failed. */
    attempt: number;
    until: string;
    problem: EventProblem;
    answers?: string | null;
  }
>;

export type NodeCompleted = NodeEvent<
  "node_completed",
  {
    node_type: string;
    agent_name?: string | null;
    port?: string;
    output?: JsonValue;
    duration_ms?: number;
    simulated?: boolean;
    by?: string | null;
    ends?: boolean;
    answers?: string | null;
    /** In a test of a draft: where its answer is from, where it was not run. */
    given?: string | null;
  }
>;

export type NodeSkipped = NodeEvent<
  "node_skipped",
  { reason?: "lost" | "failed" | null; join?: string | null; in_flight?: boolean }
>;

export type NodeFailed = NodeEvent<
  "node_failed",
  { problem: EventProblem; port?: string | null; duration_ms?: number; answers?: string | null; in_flight?: boolean }
>;

export type NodeUnknown = NodeEvent<
  "node_unknown",
  { attempt: number; key: string; problem: EventProblem; request?: JsonValue; step?: string | null }
>;

export type WorkflowWaiting = Event<"workflow_waiting", { waiting_for: string[] }>;

export type WorkflowPaused = Event<"workflow_paused", { by: string; waiting_for?: string[] | null }>;

export type WorkflowResumed = Event<
  "workflow_resumed",
  {
    by: string;
    /** Whether the run had failed and is taken up again. */
    reopens?: boolean;
    nodes?: string[];
    budget?: Record<string, JsonValue> | null;
  }
>;

export type WorkflowCompleted = Event<"workflow_completed", { output?: JsonValue }>;

interface Undone {
  in_flight?: string[];
  undone?: string[];
  not_undone?: string[];
}

export type WorkflowFailed = Event<"workflow_failed", { problem: EventProblem; failed_node?: string | null } & Undone>;

export type WorkflowCancelled = Event<"workflow_cancelled", { by: string; reason?: string } & Undone>;

/** Everything that can happen in a run. */
export type ExecutionEvent =
  | WorkflowStarted
  | NodeStarted
  | NodeProgress
  | StepStarted
  | StepCompleted
  | NodeWaiting
  | NodeRetrying
  | NodeCompleted
  | NodeSkipped
  | NodeFailed
  | NodeUnknown
  | WorkflowWaiting
  | WorkflowPaused
  | WorkflowResumed
  | WorkflowCompleted
  | WorkflowFailed
  | WorkflowCancelled;

/** The types after which nothing follows, unless somebody takes the run up again. */
export const terminalTypes: ReadonlySet<string> = new Set(["workflow_completed", "workflow_failed", "workflow_cancelled"]);
