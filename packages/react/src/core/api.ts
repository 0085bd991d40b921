/** The types of the API that this package speaks of. Written by scripts/api.mjs from spec/openapi.json; not by hand. */

/** A draft that was just written. */
export interface ChangedAnswer {
  workflow: Record<string, JsonValue>;
  revision: number;
  version: number | null;
  issues: Issue[];
  message: string;
}
/** How the runs of a node's last attempt stand. */
export interface ChildCounts {
  attempt: number;
  total: number;
  pending: number;
  running: number;
  completed: number;
  failed: number;
  cancelled: number;
}
/** A way from one node's port to another node. */
export interface Edge {
  from: string;
  port?: string;
  to: string;
}
/** One event of a log. */
export interface EventView {
  seq: number;
  at: string;
  type: string;
  node: string | null;
  data: JsonValue;
}
/** A part of a log, in order. */
export interface EventsAnswer {
  events: EventView[];
  next?: number | null;
}
/** The run, which can be watched from its first event. */
export interface ExecuteAnswer {
  execution: KeptExecution;
  timestamp: string;
}
/** What is to be run. Fields that are not known are passed over, as older clients expect. */
export interface ExecuteBody {
  workflow?: JsonValue;
  workflow_id?: string | null;
  version?: number | null;
  message?: string | null;
  input?: JsonValue;
  user_id?: string | null;
  session_id?: string | null;
  execution_id?: string | null;
  simulate?: boolean | null;
}
/** One run with its graph and nodes. */
export interface ExecutionAnswer {
  execution: ExecutionDetail;
}
/** A run with its graph and how each node stands. */
export interface ExecutionDetail {
  id: string;
  workflow_id: string | null;
  workflow_name: string;
  version: string;
  status: Status;
  trigger: string;
  simulated: boolean;
  imported: boolean;
  priority: number;
  keys: string[];
  user_id: string | null;
  session_id: string | null;
  current_node: string | null;
  waiting_for: string | null;
  error: ProblemData | null;
  usage: Usage | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
  parent?: ParentView | null;
  children?: Record<string, ChildCounts>;
  head: number;
  input: JsonValue;
  message: string;
  output: JsonValue;
  forked_from: ForkedView | null;
  forks?: string[];
  replay_of: ReplayedView | null;
  replays?: string[];
  undone: string[];
  not_undone: string[];
  nodes: Record<string, NodeView>;
  graph: GraphView | null;
}
/** From where a run was forked. */
export interface ForkedView {
  execution: string;
  node: string;
}
/** A node as it is drawn. */
export interface GraphNode {
  id: string;
  type: string;
  name: string | null;
  position: Position | null;
}
/** The definition that a run is pinned to, as far as it is drawn. */
export interface GraphView {
  start_node: string;
  nodes: GraphNode[];
  edges: Edge[];
}
/** One of several problems of one input: where, what, and how to mend it. */
export interface Issue {
  pointer: string;
  code: string;
  message: string;
  fix?: string | null;
  node?: string | null;
  severity?: string;
  line?: number | null;
  column?: number | null;
}
/** Any JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
/** One run in the kept shape. */
export interface KeptAnswer {
  execution: KeptExecution;
}
/** A run in the words of older clients. */
export interface KeptExecution {
  id: string;
  workflow_id: string;
  status: "pending" | "running" | "completed" | "failed";
  current_node?: string | null;
  results?: Record<string, JsonValue>;
  started: string;
  completed?: string | null;
  error?: string | null;
  simulated?: boolean;
}
/** Runs in the kept shape, newest first. */
export interface KeptList {
  executions: KeptExecution[];
  total: number;
}
/** One node of a run: how it stands and how long it took. */
export interface NodeView {
  status: "running" | "retrying" | "waiting" | "unknown" | "completed" | "skipped" | "failed";
  attempt: number;
  port: string | null;
  reason: string | null;
  in_flight: boolean;
  until: string | null;
  undoes: string | null;
  data: Record<string, JsonValue> | null;
  problem: ProblemData | null;
  usage: Usage | null;
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
}
/** The run that a child belongs to. */
export interface ParentView {
  id: string;
  node: string;
  index: number;
}
/** Where the builder draws a node, in its own units. */
export interface Position {
  x: number;
  y: number;
}
/** What a model costs, in US dollars for a million tokens, and for each turn as such. */
export interface Price {
  input?: number;
  output?: number;
  cached?: number | null;
  turn?: number;
  source?: string;
}
/** What every failed call gets: `error` for people and older clients, the rest for programs (RFC 9457, `application/json`). */
export interface ProblemAnswer {
  error: string;
  type: string;
  title: string;
  status: number;
  detail: string;
  fix?: string | null;
  pointer?: string | null;
  node?: string | null;
  retryable?: boolean;
  retry_after?: number | null;
  issues?: Issue[];
  raw?: string | null;
  instance?: string | null;
}
/** A problem as it is stored and sent (RFC 9457 names, plus where and what to do). */
export interface ProblemData {
  type: string;
  status: number;
  detail: string;
  fix?: string | null;
  pointer?: string | null;
  node?: string | null;
  retryable?: boolean;
  retry_after?: number | null;
  issues?: Issue[];
  raw?: string | null;
}
/** Of which past run a run is the replay. */
export interface ReplayedView {
  execution: string;
  against: string;
  answers: "recorded" | "simulated";
}
/** An answer that has nothing to show but a sentence. */
export interface Said {
  message: string;
}
/** The true status of a run. */
export type Status = "pending" | "running" | "waiting" | "paused" | "unknown" | "compensating" | "completed" | "failed" | "cancelled";
/** What was used, by one turn or by several together; counts are added up, and so is the cost of those turns whose price is known. */
export interface Usage {
  input_tokens?: number;
  output_tokens?: number;
  cached_tokens?: number | null;
  calls?: number;
  turns?: number;
  priced?: number;
  cost?: number | null;
  model?: string | null;
  provider?: string | null;
  price?: Price | null;
  estimated?: boolean;
  simulated?: boolean;
}
/** A page of drafts. */
export interface WorkflowsAnswer {
  workflows: (Record<string, JsonValue>)[];
  total: number;
  next?: string | null;
  revisions: Record<string, number>;
  versions: Record<string, number>;
}
