/** The types and routes of the API. Written by scripts/api.mjs from spec/openapi.json; not by hand. */

/** A run after something was asked of it. */
export interface ActedAnswer {
  execution: ExecutionSummary;
  settled: boolean;
}
/** One thing a connector can do. */
export interface ActionView {
  key: string;
  doc: string;
  effect: "pure" | "read" | "idempotent_write" | "write";
  scopes: string[];
  verifiable: boolean;
  params: Record<string, JsonValue>;
  result: Record<string, JsonValue>;
  example: Record<string, JsonValue>;
}
/** Secrets: who has one may let the run go on. */
export interface AddressesAnswer {
  urls: Record<string, string>;
}
/** One agent. */
export interface AgentAnswer {
  agent: AgentView;
}
/** An agent. Fields that are not known are passed over, as older clients expect. */
export interface AgentBody {
  id?: string | null;
  name: string | null;
  description?: string | null;
  provider?: string | null;
  agent_id?: string | null;
  model?: string | null;
  instructions?: string | null;
  type: "coordinator" | "specialist" | "integration" | null;
  capabilities?: string[] | null;
  integrations?: string[] | null;
  tools?: string[] | null;
  approve?: string[] | null;
  settings?: ModelSettings | null;
  prices?: Price | null;
}
/** An answer with its surroundings. */
export interface AgentCallAnswer {
  response: AgentResponse;
  agent_id: string;
  user_id: string;
  session_id: string;
  timestamp: string;
  raw_response: string;
  simulated: boolean;
}
/** A question to a certain agent. */
export interface AgentCallBody {
  message: string | null;
  user_id?: string | null;
  session_id?: string | null;
  assets?: string[];
  history?: ExchangeBody[];
  agent_id: string | null;
}
/** Fields that are to be others. */
export interface AgentChange {
  id: string | null;
  name?: string | null;
  description?: string | null;
  provider?: string | null;
  agent_id?: string | null;
  model?: string | null;
  instructions?: string | null;
  type?: "coordinator" | "specialist" | "integration" | null;
  capabilities?: string[] | null;
  integrations?: string[] | null;
  tools?: string[] | null;
  approve?: string[] | null;
  settings?: ModelSettings | null;
  prices?: Price | null;
  status?: "active" | "inactive" | null;
}
/** What the agent answered, as agents write it for older clients. */
export interface AgentResponse {
  status: string;
  result: JsonValue;
  message: string;
  metadata: Record<string, JsonValue>;
}
/** An agent as it is answered: older clients count on `agent_id` being there. */
export interface AgentView {
  id: string;
  name: string;
  description?: string;
  provider?: string;
  agent_id?: string | null;
  model?: string | null;
  settings?: ModelSettings | null;
  instructions?: string;
  type?: "coordinator" | "specialist" | "integration";
  capabilities?: string[];
  integrations?: string[];
  tools?: string[];
  approve?: string[];
  prices?: Price | null;
  status?: "active" | "inactive";
  created: string;
  updated: string;
}
/** A page of agents. */
export interface AgentsAnswer {
  agents: AgentView[];
  total: number;
  next?: string | null;
}
/** What a run may spend from now on: new limits, each more than the one before, or none at all. */
export interface Allowance {
  usd?: number | null;
  tokens?: number | null;
  calls?: number | null;
  unlimited?: boolean;
}
/** Somebody's answer to a waiting node. */
export interface AnswerBody {
  node: string;
  data: Record<string, JsonValue>;
}
/** One app. */
export interface AppAnswer {
  app: OAuthApp;
  redirect: string;
}
/** What the vendor gave the app. */
export interface AppBody {
  client_id: string;
  client_secret?: string;
}
/** What a template works with. */
export interface Application {
  key: string;
  name: string;
}
/** One question. */
export interface ApprovalAnswer {
  approval: ApprovalDetail;
}
/** A question with all that was shown and answered. */
export interface ApprovalDetail {
  id: string;
  execution: string;
  node: string;
  attempt: number;
  workflow_id: string | null;
  workflow_name: string;
  title: string;
  digest: string;
  approvers: string[];
  required: number;
  answered: string[];
  expires: string | null;
  created_at: string;
  decided_at: string | null;
  outcome: string | null;
  may_decide: boolean;
  simulated: boolean;
  body: string;
  form: JsonValue;
  arguments: JsonValue;
  escalates: string | null;
  answers: Given[];
}
/** A question to people as a list shows it. */
export interface ApprovalSummary {
  id: string;
  execution: string;
  node: string;
  attempt: number;
  workflow_id: string | null;
  workflow_name: string;
  title: string;
  digest: string;
  approvers: string[];
  required: number;
  answered: string[];
  expires: string | null;
  created_at: string;
  decided_at: string | null;
  outcome: string | null;
  may_decide: boolean;
  simulated: boolean;
}
/** A page of the inbox. */
export interface ApprovalsAnswer {
  approvals: ApprovalSummary[];
  next?: string | null;
}
/** All apps there could be. */
export interface AppsAnswer {
  apps: OAuthApp[];
  redirect: string;
}
/** The parameters with which the application sent the person here. */
export interface AskedBody {
  client_id?: string | null;
  redirect_uri?: string | null;
  response_type?: string | null;
  scope?: string | null;
  state?: string | null;
  code_challenge?: string | null;
  code_challenge_method?: string | null;
  resource?: string | null;
}
/** What became of one file: `asset_id` goes into `assets` of a question. */
export interface AssetView {
  asset_id?: string | null;
  file_name?: string;
  type?: string | null;
  url?: string | null;
  file_size?: number | null;
  mime_type?: string | null;
  error?: string | null;
  simulated: boolean;
}
/** One attempt of a node. */
export interface AttemptView {
  attempt: number;
  outcome: "running" | "completed" | "failed" | "retrying" | "unknown" | "stopped";
  input: JsonValue;
  problem: ProblemData | null;
  started_at: string;
  ended_at: string | null;
}
/** How one signs in. */
export interface AuthView {
  kind: "none" | "api_key" | "query_key" | "path_token" | "basic" | "oauth2" | "client_credentials" | "github_app";
  scopes?: string[];
  user?: string | null;
  secret?: string | null;
  fields?: FieldView[];
}
export interface Body_revoke_oauth_revoke_post {
  token?: string | null;
  client_id?: string | null;
}
export interface Body_token_oauth_token_post {
  grant_type?: string | null;
  client_id?: string | null;
  code?: string | null;
  redirect_uri?: string | null;
  code_verifier?: string | null;
  refresh_token?: string | null;
  scope?: string | null;
  resource?: string | null;
}
export interface Body_upload_api_upload_post {
  files?: Blob[] | null;
}
/** What may be spent at most: by one run with all that belongs to it, or by all runs of the workflow in a day or a month (UTC). */
export interface Budget {
  usd?: number | null;
  tokens?: number | null;
  calls?: number | null;
  period?: "run" | "day" | "month";
  on_budget?: "ask" | "fail";
}
/** What a run may spend. */
export interface BudgetsAnswer {
  budgets: SpendingView[];
}
/** What became of them. */
export interface BulkAnswer {
  matched: number;
  done: number;
  failed: number;
  failures: BulkFailure[];
  ids: string[];
  next?: string | null;
  key?: string | null;
}
/** One thing to be done to many runs. */
export interface BulkBody {
  action: "cancel" | "pause" | "resume" | "retry" | "replay" | "delete";
  filter: FilterBody;
  limit?: number;
  cursor?: string | null;
  dry_run?: boolean;
  replay?: ReplayBody | null;
  key?: string | null;
}
/** A run to which it could not be done. */
export interface BulkFailure {
  id: string;
  problem: ProblemData;
}
/** The action's result. */
export interface CallAnswer {
  result: JsonValue;
  message: string;
  simulated: boolean;
}
/** An action and its parameters. */
export interface CallBody {
  action: string | null;
  params?: Record<string, JsonValue>;
  context?: CallContext;
  simulate?: boolean | null;
}
/** On whose behalf. Fields that are not known are passed over, as older clients expect. */
export interface CallContext {
  user_id?: string | null;
  connection?: string | null;
}
/** Why a run is cancelled. */
export interface CancelBody {
  reason?: string;
}
/** Everything that is installed. */
export interface CatalogAnswer {
  kinds: KindView[];
  node: Record<string, JsonValue>;
  connectors: ConnectorView[];
  providers: ProviderView[];
}
/** One value that is another now. */
export interface Change {
  pointer: string;
  kind: "added" | "removed" | "changed";
  before?: JsonValue;
  after?: JsonValue;
}
/** A part that is in both, and what is different in it. */
export interface Changed {
  id: string;
  changes: Change[];
}
/** An agent that was just written. */
export interface ChangedAgent {
  agent: AgentView;
  message: string;
}
/** A draft that was just written. */
export interface ChangedAnswer {
  workflow: Record<string, JsonValue>;
  revision: number;
  version: number | null;
  issues: Issue[];
  message: string;
}
/** An answer as text, and read. */
export interface ChatAnswer {
  response: string;
  result: JsonValue;
  session_id: string;
  user_id: string;
  agent_id: string;
  timestamp: string;
  simulated: boolean;
}
/** A question. Fields that are not known are passed over, as older clients expect. */
export interface ChatBody {
  message: string | null;
  user_id?: string | null;
  session_id?: string | null;
  assets?: string[];
  history?: ExchangeBody[];
}
/** Who answers here. */
export interface ChatReady {
  response: string;
  session_id: string | null;
  agent_id: string;
  agent_name: string;
}
/** What was found. */
export interface CheckAnswer {
  valid: boolean;
  issues: PlacedIssue[];
}
/** A document that need not be stored: as data or as the text of a file. */
export interface CheckBody {
  workflow?: JsonValue;
  text?: string | null;
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
/** Some items of a map or loop that follow one another. */
export interface ChildRange {
  first: number;
  counts: Record<string, number>;
}
/** A run that another one has of its own. */
export interface ChildSummary {
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
  node: string;
  index: number;
  attempt: number;
}
/** A page of children, by node and item. */
export interface ChildrenAnswer {
  children: ChildSummary[];
  next?: string | null;
}
/** One value that a parameter may have, and how people know it. */
export interface Choice {
  value: JsonValue;
  label: string;
}
/** A replay in a list, and in what it differs from its past run. */
export interface Compared {
  execution: ExecutionSummary;
  of: string;
  against: string;
  ended: boolean;
  before: Status | null;
  same: boolean | null;
  differs?: ("status" | "error" | "output" | "path" | "nodes")[];
  problem?: ProblemData | null;
}
/** One connection. */
export interface ConnectionAnswer {
  connection: ConnectionView;
}
/** A connection, and what hangs on it. */
export interface ConnectionView {
  id: string;
  name: string;
  integration: string;
  user_id?: string | null;
  shared_with?: string[];
  scopes?: string[];
  expires_at?: string | null;
  renewable?: boolean;
  refresh_expires_at?: string | null;
  status?: "valid" | "expiring" | "needs_attention";
  reason?: string | null;
  account?: string | null;
  base_url?: string | null;
  way?: "none" | "api_key" | "query_key" | "path_token" | "basic" | "oauth2" | "client_credentials" | "github_app" | null;
  fields?: Record<string, string>;
  made_by?: string;
  created_at: string;
  updated_at: string;
  refreshed_at?: string | null;
  workflows?: UsedBy[];
}
/** A page of connections. */
export interface ConnectionsAnswer {
  connections: ConnectionView[];
  next?: string | null;
}
/** An integration. */
export interface ConnectorView {
  key: string;
  name: string;
  doc: string;
  auth: AuthView;
  also?: AuthView[];
  webhooks: boolean;
  actions: ActionView[];
}
/** Where to send a person. */
export interface Consent {
  url: string;
}
/** What became of an effect that may or may not have happened. */
export interface DecideBody {
  node: string;
  decision: "done" | "retry" | "fail";
  output?: JsonValue;
}
/** The question after the answer. */
export interface DecidedAnswer {
  approval: ApprovalDetail;
  settled: boolean;
}
/** What the person says. */
export interface Decision {
  request: AskedBody;
  decision: "allow" | "refuse";
  scopes?: string[];
}
/** One person's answer. */
export interface DecisionBody {
  decision: "approve" | "reject";
  form?: Record<string, JsonValue>;
  comment?: string;
  digest?: string | null;
}
/** What a run runs, in today's shape. */
export interface DefinitionAnswer {
  definition: Record<string, JsonValue>;
}
/** What was deleted. */
export interface DeletedAnswer {
  message: string;
  count?: number | null;
}
/** A page of deliveries, newest first. */
export interface DeliveriesAnswer {
  deliveries: DeliveryView[];
  next?: string | null;
}
/** A delivery. */
export interface DeliveryAnswer {
  delivery: DeliveryView;
}
/** A delivery of a webhook. */
export interface DeliveryView {
  id: string;
  trigger_id: string;
  delivery: string;
  event: string | null;
  status: "received" | "started" | "done" | "failed" | "ignored" | "refused";
  verdict: string;
  execution_id: string | null;
  error: ProblemData | null;
  attempts: number;
  replay_of: string | null;
  received_at: string;
  headers: Record<string, string>;
  size: number;
  body: string;
}
/** What changed. */
export interface DiffAnswer {
  difference: Difference;
}
/** Everything that is different between two definitions; their ids, the order of parts and how they are drawn do not count. */
export interface Difference {
  same: boolean;
  nodes: Parts;
  edges: Parts;
  agents: Parts;
  triggers: Parts;
  settings: Change[];
  other: Change[];
}
/** Two runs compared. */
export interface DifferenceAnswer {
  difference: Outcomes;
}
/** The body of an answer. */
export interface Done {}
/** A draft; its ETag is its revision. */
export interface DraftAnswer {
  draft: DraftView;
}
/** What the test does, and the run that it is. */
export interface DraftRunAnswer {
  plan: Planned;
  execution: ExecutionSummary | null;
}
/** The part that is tested, and with what. */
export interface DraftRunBody {
  from?: string | null;
  until?: string | null;
  workflow?: Record<string, JsonValue> | null;
  nodes?: Record<string, JsonValue>;
  sources?: ("pinned" | "test" | "run" | "example")[] | null;
  input?: JsonValue;
  message?: string | null;
  user_id?: string | null;
  simulate?: boolean;
  plan?: boolean;
}
/** A workflow as it is being edited. */
export interface DraftView {
  id: string;
  definition: Record<string, JsonValue>;
  rev: number;
  at: string;
  by: Who | null;
  created: string;
  version: number | null;
  base_version: number | null;
  differs: boolean;
  issues: Issue[];
}
/** A way from one node's port to another node. */
export interface Edge {
  from: string;
  port?: string;
  to: string;
}
/** Changes to a draft, done in this order, all of them or none. */
export interface EditBody {
  ops: Operation[];
  rev?: number | null;
}
/** It is forgotten here. */
export interface EndedAnswer {
  message: string;
  revoked: boolean;
}
/** Something that happened. */
export interface EventBody {
  name: string;
  payload?: JsonValue;
  id?: string | null;
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
/** A question, and what was answered. */
export interface ExchangeBody {
  question: string;
  answer: string;
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
  faults?: Fault[];
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
  given?: Record<string, string>;
  nodes: Record<string, NodeView>;
  graph: GraphView | null;
}
/** A run that took place elsewhere, in the words of older clients; more than these is not kept. */
export interface ExecutionRecord {
  id: string;
  workflow_id: string;
  status: "pending" | "running" | "completed" | "failed";
  current_node?: string | null;
  results?: Record<string, JsonValue>;
  started: string;
  completed?: string | null;
  error?: string | null;
}
/** A run as a list shows it. */
export interface ExecutionSummary {
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
}
/** A page of runs. */
export interface ExecutionsAnswer {
  executions: ExecutionSummary[];
  next?: string | null;
}
/** Requests that go wrong in a simulated run. */
export interface Fault {
  at: string;
  kind: "rate_limited" | "timeout" | "expired_token" | "malformed" | "unavailable";
  attempts?: number;
}
/** Something that stands in an account's addresses. */
export interface FieldView {
  name: string;
  description: string;
  example: string;
  pattern: string;
}
/** Which runs: the fields of the list. */
export interface FilterBody {
  status?: Status[];
  workflow_id?: string | null;
  trigger?: string | null;
  since?: string | null;
  until?: string | null;
  search?: string | null;
  simulated?: boolean | null;
}
/** An event to try a trigger with. */
export interface FireBody {
  event?: JsonValue;
}
/** A run that was begun. */
export interface FiredAnswer {
  execution_id: string;
}
/** The new run. */
export interface ForkAnswer {
  execution: ExecutionSummary;
}
/** Where a fork begins, and what is edited. `input` is the run's, for everything that follows; `config` is the one node's. */
export interface ForkBody {
  node: string;
  input?: JsonValue;
  vars?: Record<string, JsonValue>;
  config?: Record<string, JsonValue>;
  version?: "pinned" | "published";
  simulate?: boolean | null;
}
/** From where a run was forked. */
export interface ForkedView {
  execution: string;
  node: string;
}
/** One person's answer. */
export interface Given {
  decision: string;
  by: string;
  at: string | null;
  comment: string;
  form: JsonValue;
}
/** What a member allowed an application. */
export interface Grant {
  id: string;
  member: string;
  client: string;
  name: string;
  scopes: string[];
  created_at: string;
  used_at?: string | null;
  ended_at?: string | null;
  ended_because?: string | null;
}
/** One grant. */
export interface GrantAnswer {
  grant: Grant;
}
/** A page of grants. */
export interface GrantsAnswer {
  grants: Grant[];
  next?: string | null;
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
  layout?: Record<string, JsonValue> | null;
}
/** The delivery is kept. */
export interface HookAnswer {
  delivery: string | null;
  execution_id: string | null;
  status: string;
  output?: JsonValue;
}
/** A workflow file, as its text or as data. */
export interface ImportBody {
  text?: string | null;
  workflow?: Record<string, JsonValue> | null;
  format?: "yaml" | "json" | null;
  id?: string | null;
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
/** A token was kept. */
export interface KeptToken {
  message: string;
  integration: string;
}
/** An API key; its value is shown once, when it is made. */
export interface Key {
  id: string;
  name: string;
  prefix: string;
  role: Role;
  member?: string | null;
  created_at: string;
  last_used_at?: string | null;
  revoked_at?: string | null;
}
/** One key. */
export interface KeyAnswer {
  key: Key;
}
/** A key to be made. */
export interface KeyBody {
  name: string;
  role: Role;
}
/** A key's new name. */
export interface KeyName {
  name: string;
}
/** A page of keys. */
export interface KeysAnswer {
  keys: Key[];
  next?: string | null;
}
/** A kind of node. */
export interface KindView {
  type: string;
  name: string;
  doc: string;
  ports: string[];
  pure: boolean;
  config: Record<string, JsonValue>;
  example: Record<string, JsonValue>;
}
/** The place of a mistake: characters of what was sent, from 0; the end is behind the last. */
export interface Mark {
  start: number;
  end: number;
}
/** Who is calling. */
export interface Me {
  kind: string;
  id: string | null;
  name: string;
  role: Role;
  workspace: number;
  permissions: string[];
}
/** A person of a workspace. */
export interface Member {
  id: string;
  name: string;
  email?: string | null;
  role: Role;
  created_at: string;
  disabled_at?: string | null;
}
/** One member. */
export interface MemberAnswer {
  member: Member;
}
/** A person to be let in, who signs in with a link from the terminal: `tenuto link`. */
export interface MemberBody {
  name: string;
  email?: string | null;
  role: Role;
}
/** What is to be another. */
export interface MemberChange {
  name?: string | null;
  role?: Role | null;
}
/** A page of members. */
export interface MembersAnswer {
  members: Member[];
  next?: string | null;
}
/** What an application says of itself (RFC 7591, 2); fields that are not known are passed over. */
export interface Metadata {
  redirect_uris?: JsonValue;
}
/** What became of a workflow's runs. */
export interface Metrics {
  since: string;
  total: number;
  simulated: number;
  by_status: Record<string, number>;
  success_rate: number | null;
  p50_seconds: number | null;
  p95_seconds: number | null;
  last_started: string | null;
}
/** Figures about runs. */
export interface MetricsAnswer {
  metrics: Metrics;
}
/** How a model is to answer, and where it is. What a model does not know it ignores. */
export interface ModelSettings {
  temperature?: number | null;
  top_p?: number | null;
  max_tokens?: number | null;
  thinking?: "off" | "minimal" | "low" | "medium" | "high" | null;
  timeout?: number | null;
  base_url?: string | null;
}
/** What a new workflow begins with. */
export interface NewDraftBody {
  id?: string | null;
  definition?: Record<string, JsonValue> | null;
}
/** A key that was just made. */
export interface NewKeyAnswer {
  key: Key;
  value: string;
}
/** A trigger as it was put in place by publishing. */
export interface NewTrigger {
  id: string;
  key: string;
  type: string;
  url?: string | null;
  secret?: string | null;
  next_at?: string | null;
}
/** One node of a run. */
export interface NodeAnswer {
  node: NodeDetail;
}
/** A node with all that went in and came out. */
export interface NodeDetail {
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
  id: string;
  key: string;
  effect: string;
  input: JsonValue;
  output: JsonValue;
  unknown: UnknownView | null;
  attempts: AttemptView[];
  steps: StepView[];
}
/** A node in both runs. */
export interface NodeOutcome {
  same: boolean;
  definition: "same" | "changed" | "added" | "removed";
  before: Standing | null;
  after: Standing | null;
  recorded: boolean;
  asked: Values | null;
  output: Values | null;
}
/** Every value that is known of a node, the one that counts first. */
export interface NodeSamplesAnswer {
  samples: SampleView[];
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
/** An app, without its secret. */
export interface OAuthApp {
  name: string;
  integrations: string[];
  client_id?: string | null;
  source?: string | null;
  variables: [string, string];
}
/** Who was told. */
export interface OfferedAnswer {
  count: number;
}
/** Where the browser goes on. */
export interface Onward {
  url: string;
}
/** One value that becomes another. */
export interface Operation {
  path: string;
  before?: JsonValue;
  after?: JsonValue;
}
/** The values to choose from. */
export interface OptionsAnswer {
  options: Choice[];
  simulated: boolean;
}
/** A run and its replay. */
export interface Outcomes {
  same: boolean;
  ended: boolean;
  differs: ("status" | "error" | "output" | "path" | "nodes")[];
  before: Side;
  after: Side;
  output: Values;
  nodes: Record<string, NodeOutcome>;
}
/** Nothing was written: the draft changed since it was read. */
export interface OutdatedAnswer {
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
  rev: number;
  since?: RevisionView[] | null;
}
/** The run that a child belongs to. */
export interface ParentView {
  id: string;
  node: string;
  index: number;
}
/** What became of the parts of one kind; added and removed ones are shown whole. */
export interface Parts {
  added?: (Record<string, JsonValue>)[];
  removed?: (Record<string, JsonValue>)[];
  changed?: Changed[];
}
/** The nodes of a run by what became of them. */
export interface Path {
  completed: string[];
  skipped: string[];
  failed: string[];
  open: string[];
}
/** What is needed to draw a graph in small. A step is 240 wide and 80 high. */
export interface Picture {
  nodes: PictureNode[];
  edges: PictureEdge[];
}
/** A way between two steps. */
export interface PictureEdge {
  source: string;
  target: string;
}
/** A step in the picture of a graph. */
export interface PictureNode {
  id: string;
  name: string;
  type: string;
  application: string | null;
  x: number;
  y: number;
}
/** A value that was pinned. */
export interface PinAnswer {
  pin: SampleView;
}
/** What is pinned. */
export interface PinBody {
  value: JsonValue;
  source?: string;
}
/** Every pinned value. */
export interface PinsAnswer {
  pins: SampleView[];
}
/** An issue; of a text, `line` and `column` are the place in that text. */
export interface PlacedIssue {
  pointer: string;
  code: string;
  message: string;
  fix?: string | null;
  node?: string | null;
  severity?: string;
  line?: number | null;
  column?: number | null;
}
/** What a test does. */
export interface Planned {
  simulated: boolean;
  steps: PlannedStep[];
  input: JsonValue;
  input_schema: Record<string, JsonValue>;
}
/** What a test does with one node. */
export interface PlannedStep {
  node: string;
  how: "run" | "given" | "passed";
  source: "pinned" | "test" | "run" | "example" | "given" | null;
  run: string | null;
  at: string | null;
}
/** A restore point that was just made. */
export interface PointAnswer {
  point: RestorePointView;
}
/** What a restore point is kept before. */
export interface PointBody {
  reason?: "paste" | "merge" | "agent" | "hand";
  note?: string | null;
}
/** A restore point with its document. */
export interface PointDocument {
  point: RestorePointView;
  definition: Record<string, JsonValue>;
  difference: Difference;
}
/** Every restore point, newest first. */
export interface PointsAnswer {
  points: RestorePointView[];
}
/** Where the builder draws a node, in its own units. */
export interface Position {
  x: number;
  y: number;
}
/** A value, or what is wrong. */
export interface Preview {
  value?: JsonValue;
  type?: string | null;
  cut?: boolean;
  sources: UsedSource[];
  problem?: ProblemData | null;
  mark?: Mark | null;
  suggestion?: string | null;
}
/** What it gives: `success` says that it was tried. */
export interface PreviewAnswer {
  preview: Preview;
}
/** An expression, or a text with expressions, and where it stands. */
export interface PreviewBody {
  expression?: string | null;
  template?: string | null;
  node?: string | null;
  sources?: ("pinned" | "test" | "run" | "example")[];
  workflow?: Record<string, JsonValue> | null;
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
/** What makes agents answer. */
export interface ProviderView {
  key: string;
  name: string;
  doc: string;
  auth: AuthView;
  credential: string | null;
  vendors: Record<string, string>;
}
/** What is said with a version. */
export interface PublishBody {
  note?: string | null;
  revision?: number | null;
}
/** How the children of a node stand, range by range. */
export interface RangesAnswer {
  attempt: number;
  total: number;
  size: number;
  ranges: ChildRange[];
}
/** What of this process is ready. */
export interface Ready {
  migrated: boolean;
  writable: boolean;
  claiming: boolean;
}
/** The record as it is kept. */
export interface RecordAnswer {
  execution: KeptExecution;
  message: string;
}
/** A run that took place elsewhere. */
export interface RecordBody {
  execution: ExecutionRecord;
}
/** A whole draft. */
export interface ReplaceBody {
  definition: Record<string, JsonValue>;
  rev?: number | null;
}
/** Against what a run is replayed; by default against the newest published version of its workflow. */
export interface ReplayBody {
  version?: number | "published" | "draft" | "pinned" | null;
  workflow?: JsonValue;
  answers?: "recorded" | "simulated";
}
/** Of which past run a run is the replay. */
export interface ReplayedView {
  execution: string;
  against: string;
  answers: "recorded" | "simulated";
}
/** A page of replays. */
export interface ReplaysAnswer {
  replays: Compared[];
  next?: string | null;
}
/** A state of the draft that one can go back to. */
export interface RestorePointView {
  number: number;
  rev: number;
  at: string;
  by: Who | null;
  reason: "work" | "publish" | "discard" | "restore" | "replace" | "paste" | "merge" | "agent" | "hand";
  note: string | null;
}
/** What is taken up again. */
export interface RetryBody {
  node?: string | null;
}
/** What one revision changed. */
export interface RevisionView {
  rev: number;
  at: string;
  by: Who | null;
  ops: Operation[];
}
/** What a member or a key is in a workspace, from most to least. */
export type Role = "owner" | "editor" | "operator" | "viewer";
/** The version to go back to. */
export interface RollbackBody {
  version: number;
  note?: string | null;
}
/** An answer that has nothing to show but a sentence. */
export interface Said {
  message: string;
}
/** A value of a node as it is shown while its workflow is edited. */
export interface SampleView {
  node: string;
  port: string;
  value: JsonValue;
  source: "pinned" | "test" | "run" | "example";
  run: string | null;
  at: string | null;
  simulated: boolean;
  size: number;
  cut: boolean;
  issues?: string[];
}
/** The value of each node that counts: pinned, else of its last test, else of its last run, else an example. */
export interface SamplesAnswer {
  samples: SampleView[];
  input: SampleView;
}
/** One thing that is asked for. */
export interface ScopeView {
  scope: string;
  said: string;
}
/** A new secret. */
export interface SecretAnswer {
  secret: string;
  name: string;
  shared_by: number;
  former_until: string;
}
/** One browser in which a member is signed in. */
export interface Session {
  id: string;
  created_at: string;
  seen_at: string;
  expires_at: string;
  current?: boolean;
}
/** The caller's own sessions. */
export interface Sessions {
  sessions: Session[];
}
/** Who may use it beside its owner. */
export interface SharingBody {
  users: string[];
}
/** One of the two runs. */
export interface Side {
  id: string;
  version: string;
  status: Status;
  simulated: boolean;
  error: ProblemData | null;
  waiting_for: string[];
  path: Path;
}
/** What a one-time link holds after its `#`. */
export interface SignInBody {
  token: string;
  name?: string | null;
}
/** What an application asks. */
export interface SoughtAnswer {
  name: string;
  published: string | null;
  destination: string;
  member: string;
  scopes: ScopeView[];
  refused?: string | null;
}
/** Each budget of a day or a month, with what was spent of it. */
export interface SpendingAnswer {
  spending: SpendingView[];
}
/** What was spent of one budget, and what it allows by now. */
export interface SpendingView {
  period: "run" | "day" | "month";
  execution?: string | null;
  since?: string | null;
  usd: number;
  tokens: number;
  calls: number;
  limit: Budget;
  unlimited?: boolean;
}
/** How a node stands in one of the two runs. */
export interface Standing {
  status: "running" | "retrying" | "waiting" | "unknown" | "completed" | "skipped" | "failed";
  port: string | null;
  problem: ProblemData | null;
}
/** A state with its document. */
export interface StateAnswer {
  state: StateView;
  definition: Record<string, JsonValue>;
}
/** A state of a workflow. */
export interface StateView {
  state: string;
  kind: "draft" | "version" | "point";
  number: number | null;
  at: string;
  by: Who | null;
  note?: string | null;
  reason?: "work" | "publish" | "discard" | "restore" | "replace" | "paste" | "merge" | "agent" | "hand" | null;
  current?: boolean;
}
/** The newest versions and the restore points of the draft, newest first. */
export interface StatesAnswer {
  states: StateView[];
}
/** The true status of a run. */
export type Status = "pending" | "running" | "waiting" | "paused" | "unknown" | "compensating" | "completed" | "failed" | "cancelled";
/** A part of a node's work, with what it was given and what came of it. */
export interface StepView {
  step: string;
  attempt: number;
  effect: string | null;
  key: string | null;
  input: JsonValue;
  output: JsonValue;
  problem: ProblemData | null;
  usage: Usage | null;
  fact: boolean;
  started_at: string | null;
  completed_at: string | null;
}
/** What was kept. */
export interface StoredAnswer {
  connection: ConnectionView;
  tried: boolean;
}
/** Whether it fires. */
export interface SwitchBody {
  enabled: boolean;
}
/** A template whole. */
export interface Template {
  summary: TemplateSummary;
  definition: Record<string, JsonValue>;
}
/** One of them. */
export interface TemplateAnswer {
  template: Template;
}
/** Something to try a template on. */
export interface TemplateInput {
  title: string;
  input: Record<string, JsonValue>;
}
/** A template as the gallery shows it. */
export interface TemplateSummary {
  id: string;
  title: string;
  description: string;
  applications: Application[];
  kinds: string[];
  triggers: string[];
  tags: string[];
  agents: number;
  inputs: TemplateInput[];
  graph: Picture;
}
/** All of them, in the order of the gallery. */
export interface TemplatesAnswer {
  templates: TemplateSummary[];
}
/** What the vendor says. */
export interface TestedAnswer {
  connection: ConnectionView;
  works: boolean | null;
}
/** One token. */
export interface TokenAnswer {
  token: TokenView;
}
/** A token to keep. Fields that are not known are passed over, as older clients expect. */
export interface TokenBody {
  user_id: string | null;
  integration: string | null;
  access_token: string | null;
  refresh_token?: string | null;
  expires_in?: number | null;
  scope?: string | null;
}
/** What may be known of a token; nobody ever reads it back. */
export interface TokenView {
  integration: string;
  scope?: string | null;
  expires_at?: number | null;
  has_access_token?: boolean;
  has_refresh_token: boolean;
  created_at: string;
  updated_at: string;
  status: "valid" | "expiring" | "needs_attention";
  account?: string | null;
}
/** All tokens of a user. */
export interface TokensAnswer {
  tokens: TokenView[];
  total: number;
}
/** What came of it: `success` says that it was tried. */
export interface TrialAnswer {
  test: Tried;
}
/** A node and the values it is tried with. */
export interface TrialBody {
  node: string;
  workflow?: Record<string, JsonValue> | null;
  input?: JsonValue;
  nodes?: Record<string, JsonValue>;
  vars?: Record<string, JsonValue>;
  sources?: ("pinned" | "test" | "run" | "example")[];
  message?: string | null;
  user_id?: string | null;
  simulate?: boolean;
  timeout?: number;
}
/** What came of it. */
export interface Tried {
  node: string;
  status: "completed" | "failed" | "unknown" | "waiting" | "finished";
  simulated: boolean;
  effect?: "pure" | "read" | "idempotent_write" | "write" | null;
  config?: JsonValue;
  output?: JsonValue;
  port?: string | null;
  problem?: ProblemData | null;
  waiting?: Record<string, JsonValue> | null;
  until?: string | null;
  progress?: JsonValue[];
  usage?: Usage | null;
  duration_ms: number;
}
/** A trigger. */
export interface TriggerAnswer {
  trigger: TriggerView;
}
/** A trigger of a published workflow. */
export interface TriggerView {
  id: string;
  workflow_id: string;
  key: string;
  type: string;
  enabled: boolean;
  state: "ok" | "late" | "failing" | "off";
  says: string;
  url: string | null;
  next: string[];
  last_at: string | null;
  last_execution: string | null;
  error: ProblemData | null;
  fired: number;
  skipped: number;
  refused: number;
  watermark?: JsonValue;
  definition: Record<string, JsonValue>;
}
/** A page of triggers. */
export interface TriggersAnswer {
  triggers: TriggerView[];
  next?: string | null;
}
/** An outside effect that may or may not have happened, as whoever decides about it has to see it. */
export interface UnknownView {
  request: JsonValue;
  key: string;
  step: string | null;
  effect: string | null;
  began_at: string | null;
  known: ProblemData;
  decisions?: ("done" | "retry" | "fail")[];
}
/** Something to tell those who watch. */
export interface UpdateBody {
  execution_id: string;
  type: string;
  data?: JsonValue;
}
/** What became of the files, in their order. */
export interface UploadAnswer {
  assets: AssetView[];
  message: string;
  simulated: boolean;
}
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
/** A workflow that would stop without the connection. */
export interface UsedBy {
  id: string;
  name: string;
}
/** Where a value that was used is from. */
export interface UsedSource {
  node: string;
  source: "pinned" | "test" | "run" | "example";
  run: string | null;
  at: string | null;
}
/** Two JSON values compared. */
export interface Values {
  same: boolean;
  changes?: Change[];
  more?: number;
}
/** A version. */
export interface VersionAnswer {
  version: VersionView;
}
/** A version with its definition, in today's shape. */
export interface VersionDocument {
  version: VersionView;
  workflow: Record<string, JsonValue>;
}
/** A published version. */
export interface VersionView {
  number: number;
  hash: string;
  published_at: string;
  published_by: string | null;
  note: string | null;
  current: boolean;
  triggers?: NewTrigger[];
}
/** A page of versions, newest first. */
export interface VersionsAnswer {
  versions: VersionView[];
  next?: string | null;
}
/** Who changed something. */
export interface Who {
  label: string;
  id: string | null;
}
/** A draft. */
export interface WorkflowAnswer {
  workflow: Record<string, JsonValue>;
  revision: number;
  version: number | null;
  issues: Issue[];
}
/** A workflow in any accepted shape; a field that is none of a workflow's is an issue of the draft. */
export interface WorkflowBody {
  id?: JsonValue;
  name: JsonValue;
  description?: JsonValue;
  agents?: JsonValue;
  nodes: JsonValue;
  edges?: JsonValue;
  startNode: JsonValue;
}
/** Fields that are to be others; those left out stay as they are. */
export interface WorkflowChange {
  id: JsonValue;
  name?: JsonValue;
  description?: JsonValue;
  agents?: JsonValue;
  nodes?: JsonValue;
  edges?: JsonValue;
  startNode?: JsonValue;
  revision?: number | null;
}
/** A page of drafts. */
export interface WorkflowsAnswer {
  workflows: (Record<string, JsonValue>)[];
  total: number;
  next?: string | null;
  revisions: Record<string, number>;
  versions: Record<string, number>;
}
/** An account that is opened by a key or a password. */
export interface ConnectionsSecretBody {
  integration: string;
  name: string;
  secret?: string;
  user?: string;
  way?: "none" | "api_key" | "query_key" | "path_token" | "basic" | "oauth2" | "client_credentials" | "github_app" | null;
  fields?: Record<string, string>;
  tenant?: string | null;
  user_id?: string | null;
  shared?: boolean | null;
}
/** The replay. */
export interface ReplaysReplayAnswer {
  execution: ExecutionSummary;
  difference: Outcomes | null;
}
/** A delivery that was taken in once more. */
export interface DeliveriesReplayAnswer {
  delivery: string;
  execution_id: string;
}
/** Another secret. */
export interface OperationsSecretBody {
  secret?: string | null;
  overlap?: string;
}
/** The routes that answer with JSON: what they take in path, query and body, and what they answer. */
export interface Routes {
  "DELETE /api/agents/config": { query?: { id?: string | null | undefined }; answer: Said };
  "DELETE /api/auth/sessions/{id}": { path: { id: string }; answer: Said };
  "DELETE /api/connections/{id}": { path: { id: string }; answer: EndedAnswer };
  "DELETE /api/executions/{id}": { path: { id: string }; answer: Said };
  "DELETE /api/grants/{id}": { path: { id: string }; answer: GrantAnswer };
  "DELETE /api/keys/{id}": { path: { id: string }; answer: KeyAnswer };
  "DELETE /api/members/{id}": { path: { id: string }; answer: MemberAnswer };
  "DELETE /api/oauth/apps/{name}": { path: { name: string }; answer: Said };
  "DELETE /api/oauth/tokens": { query?: { user_id?: string | null | undefined; integration?: string | null | undefined }; answer: Said };
  "DELETE /api/workflows": { query?: { id?: string | null | undefined }; answer: Said };
  "DELETE /api/workflows/executions": { query?: { id?: string | null | undefined; workflow_id?: string | null | undefined }; answer: DeletedAnswer };
  "DELETE /api/workflows/monitor": { query?: { execution_id?: string | null | undefined }; answer: Said };
  "DELETE /api/workflows/{id}/draft": { path: { id: string }; answer: DraftAnswer };
  "DELETE /api/workflows/{id}/pins/{node}/{port}": { path: { id: string; node: string; port: string }; answer: Said };
  "GET /.well-known/oauth-authorization-server": { answer: Record<string, unknown> };
  "GET /.well-known/oauth-protected-resource": { answer: Record<string, unknown> };
  "GET /.well-known/oauth-protected-resource/mcp": { answer: Record<string, unknown> };
  "GET /api/agent/chat": { query?: { session_id?: string | null | undefined }; answer: ChatReady };
  "GET /api/agents/config": { query?: { id?: string | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: AgentAnswer | AgentsAnswer };
  "GET /api/approvals": { query?: { whose?: "mine" | "all" | undefined; state?: "open" | "decided" | undefined; search?: string | null | undefined; workflow_id?: string | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: ApprovalsAnswer };
  "GET /api/approvals/{id}": { path: { id: string }; answer: ApprovalAnswer };
  "GET /api/auth/me": { answer: Me };
  "GET /api/auth/sessions": { answer: Sessions };
  "GET /api/catalog": { answer: CatalogAnswer };
  "GET /api/catalog/{connector}/{action}/options": { path: { connector: string; action: string }; query: { parameter: string; params?: string | null | undefined; user_id?: string | null | undefined }; answer: OptionsAnswer };
  "GET /api/connections": { query?: { integration?: string | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: ConnectionsAnswer };
  "GET /api/connections/{id}": { path: { id: string }; answer: ConnectionAnswer };
  "GET /api/deliveries": { query?: { trigger?: string | null | undefined; status?: "received" | "started" | "done" | "failed" | "ignored" | "refused" | null | undefined; search?: string | null | undefined; since?: string | null | undefined; until?: string | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: DeliveriesAnswer };
  "GET /api/deliveries/{id}": { path: { id: string }; answer: DeliveryAnswer };
  "GET /api/executions": { query?: { status?: Status[] | undefined; workflow_id?: string | null | undefined; trigger?: string | null | undefined; since?: string | null | undefined; until?: string | null | undefined; search?: string | null | undefined; simulated?: boolean | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: ExecutionsAnswer };
  "GET /api/executions/{id}": { path: { id: string }; answer: ExecutionAnswer };
  "GET /api/executions/{id}/budget": { path: { id: string }; answer: BudgetsAnswer };
  "GET /api/executions/{id}/children": { path: { id: string }; query?: { node?: string | null | undefined; status?: Status[] | undefined; attempt?: number | null | undefined; first?: number | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: ChildrenAnswer };
  "GET /api/executions/{id}/children/ranges": { path: { id: string }; query: { node: string }; answer: RangesAnswer };
  "GET /api/executions/{id}/definition": { path: { id: string }; answer: DefinitionAnswer };
  "GET /api/executions/{id}/difference": { path: { id: string }; query?: { with?: string | null | undefined }; answer: DifferenceAnswer };
  "GET /api/executions/{id}/events": { path: { id: string }; query?: { after?: number | undefined; limit?: number | undefined }; answer: EventsAnswer };
  "GET /api/executions/{id}/nodes/{node}": { path: { id: string; node: string }; answer: NodeAnswer };
  "GET /api/executions/{id}/urls": { path: { id: string }; answer: AddressesAnswer };
  "GET /api/grants": { query?: { everybody?: boolean | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: GrantsAnswer };
  "GET /api/grants/asked": { query?: { client_id?: string | null | undefined; redirect_uri?: string | null | undefined; response_type?: string | null | undefined; scope?: string | null | undefined; state?: string | null | undefined; code_challenge?: string | null | undefined; code_challenge_method?: string | null | undefined; resource?: string | null | undefined }; answer: SoughtAnswer };
  "GET /api/keys": { query?: { limit?: number | undefined; cursor?: string | null | undefined }; answer: KeysAnswer };
  "GET /api/keys/{id}": { path: { id: string }; answer: KeyAnswer };
  "GET /api/members": { query?: { limit?: number | undefined; cursor?: string | null | undefined }; answer: MembersAnswer };
  "GET /api/members/{id}": { path: { id: string }; answer: MemberAnswer };
  "GET /api/oauth/apps": { answer: AppsAnswer };
  "GET /api/oauth/tokens": { query?: { user_id?: string | null | undefined; integration?: string | null | undefined }; answer: TokenAnswer | TokensAnswer };
  "GET /api/oauth/{integration}/authorize": { path: { integration: string }; query?: { user_id?: string | null | undefined; name?: string | null | undefined; shared?: boolean | undefined; scope?: string | null | undefined; field?: string[] | null | undefined; tenant?: string | null | undefined }; answer: Consent };
  "GET /api/replays": { query?: { key?: string | null | undefined; workflow_id?: string | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: ReplaysAnswer };
  "GET /api/templates": { answer: TemplatesAnswer };
  "GET /api/templates/{id}": { path: { id: string }; answer: TemplateAnswer };
  "GET /api/triggers": { query?: { workflow_id?: string | null | undefined; type?: "webhook" | "schedule" | "poll" | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: TriggersAnswer };
  "GET /api/triggers/{id}": { path: { id: string }; answer: TriggerAnswer };
  "GET /api/workflows": { query?: { id?: string | null | undefined; limit?: number | undefined; cursor?: string | null | undefined }; answer: WorkflowAnswer | WorkflowsAnswer };
  "GET /api/workflows/executions": { query?: { id?: string | null | undefined; workflow_id?: string | null | undefined; status?: string | null | undefined; limit?: number | undefined }; answer: KeptAnswer | KeptList };
  "GET /api/workflows/{id}/diff": { path: { id: string }; query?: { from?: string | undefined; to?: string | undefined }; answer: DiffAnswer };
  "GET /api/workflows/{id}/draft": { path: { id: string }; answer: DraftAnswer };
  "GET /api/workflows/{id}/metrics": { path: { id: string }; query?: { days?: number | undefined }; answer: MetricsAnswer };
  "GET /api/workflows/{id}/pins": { path: { id: string }; answer: PinsAnswer };
  "GET /api/workflows/{id}/restore-points": { path: { id: string }; answer: PointsAnswer };
  "GET /api/workflows/{id}/restore-points/{number}": { path: { id: string; number: number }; answer: PointDocument };
  "GET /api/workflows/{id}/samples": { path: { id: string }; answer: SamplesAnswer };
  "GET /api/workflows/{id}/samples/{node}": { path: { id: string; node: string }; query?: { whole?: boolean | undefined }; answer: NodeSamplesAnswer };
  "GET /api/workflows/{id}/spending": { path: { id: string }; answer: SpendingAnswer };
  "GET /api/workflows/{id}/state": { path: { id: string }; query: { of: string }; answer: StateAnswer };
  "GET /api/workflows/{id}/states": { path: { id: string }; answer: StatesAnswer };
  "GET /api/workflows/{id}/versions": { path: { id: string }; query?: { limit?: number | undefined; cursor?: string | null | undefined }; answer: VersionsAnswer };
  "GET /api/workflows/{id}/versions/{number}": { path: { id: string; number: number }; answer: VersionDocument };
  "GET /healthz": { answer: Done };
  "GET /readyz": { answer: Ready };
  "PATCH /api/triggers/{id}": { path: { id: string }; body: SwitchBody; answer: TriggerAnswer };
  "PATCH /api/workflows/{id}/draft": { path: { id: string }; body: EditBody; answer: DraftAnswer };
  "POST /api/agent": { body: AgentCallBody; answer: AgentCallAnswer };
  "POST /api/agent/chat": { body: ChatBody; answer: ChatAnswer };
  "POST /api/agents/config": { body: AgentBody; answer: ChangedAgent };
  "POST /api/approvals/{id}": { path: { id: string }; body: DecisionBody; answer: DecidedAnswer };
  "POST /api/auth/sign-in": { body: SignInBody; answer: Me };
  "POST /api/auth/sign-out": { answer: Said };
  "POST /api/connections": { body: ConnectionsSecretBody; answer: StoredAnswer };
  "POST /api/connections/{id}/test": { path: { id: string }; answer: TestedAnswer };
  "POST /api/deliveries/{id}/replay": { path: { id: string }; answer: DeliveriesReplayAnswer };
  "POST /api/events": { body: EventBody; answer: OfferedAnswer };
  "POST /api/executions/bulk": { body: BulkBody; answer: BulkAnswer };
  "POST /api/executions/{id}/answers": { path: { id: string }; body: AnswerBody; answer: ActedAnswer };
  "POST /api/executions/{id}/budget": { path: { id: string }; body: Allowance; answer: ActedAnswer };
  "POST /api/executions/{id}/cancel": { path: { id: string }; body?: CancelBody | null; answer: ActedAnswer };
  "POST /api/executions/{id}/decide": { path: { id: string }; body: DecideBody; answer: ActedAnswer };
  "POST /api/executions/{id}/fork": { path: { id: string }; body: ForkBody; answer: ForkAnswer };
  "POST /api/executions/{id}/pause": { path: { id: string }; answer: ActedAnswer };
  "POST /api/executions/{id}/replay": { path: { id: string }; query?: { wait?: number | undefined }; body?: ReplayBody | null; answer: ReplaysReplayAnswer };
  "POST /api/executions/{id}/resume": { path: { id: string }; answer: ActedAnswer };
  "POST /api/executions/{id}/retry": { path: { id: string }; body?: RetryBody | null; answer: ActedAnswer };
  "POST /api/grants": { body: Decision; answer: Onward };
  "POST /api/hooks/{path}": { path: { path: string }; body?: unknown; answer: HookAnswer };
  "POST /api/integrations/{integration}": { path: { integration: string }; body: CallBody; answer: CallAnswer };
  "POST /api/keys": { body: KeyBody; answer: NewKeyAnswer };
  "POST /api/members": { body: MemberBody; answer: MemberAnswer };
  "POST /api/oauth/tokens": { body: TokenBody; answer: KeptToken };
  "POST /api/triggers/{id}/fire": { path: { id: string }; body?: FireBody | null; answer: FiredAnswer };
  "POST /api/triggers/{id}/secret": { path: { id: string }; body?: OperationsSecretBody | null; answer: SecretAnswer };
  "POST /api/waits/{token}": { path: { token: string }; body?: JsonValue; answer: Said };
  "POST /api/workflow/execute": { query?: { wait?: number | undefined }; body: ExecuteBody; answer: ExecuteAnswer };
  "POST /api/workflows": { body: WorkflowBody; answer: ChangedAnswer };
  "POST /api/workflows/drafts": { body?: NewDraftBody | null; answer: DraftAnswer };
  "POST /api/workflows/executions": { body: RecordBody; answer: RecordAnswer };
  "POST /api/workflows/import": { body: ImportBody; answer: ChangedAnswer };
  "POST /api/workflows/monitor": { body: UpdateBody; answer: Said };
  "POST /api/workflows/validate": { body: CheckBody; answer: CheckAnswer };
  "POST /api/workflows/{id}/preview": { path: { id: string }; body: PreviewBody; answer: PreviewAnswer };
  "POST /api/workflows/{id}/publish": { path: { id: string }; body?: PublishBody | null; answer: VersionAnswer };
  "POST /api/workflows/{id}/restore-points": { path: { id: string }; body?: PointBody | null; answer: PointAnswer };
  "POST /api/workflows/{id}/restore-points/{number}/restore": { path: { id: string; number: number }; answer: DraftAnswer };
  "POST /api/workflows/{id}/rollback": { path: { id: string }; body: RollbackBody; answer: VersionAnswer };
  "POST /api/workflows/{id}/test": { path: { id: string }; body: TrialBody; answer: TrialAnswer };
  "POST /api/workflows/{id}/test-run": { path: { id: string }; body: DraftRunBody; answer: DraftRunAnswer };
  "POST /api/workflows/{id}/validate": { path: { id: string }; body?: CheckBody | null; answer: CheckAnswer };
  "POST /api/workflows/{id}/versions/{number}/restore": { path: { id: string; number: number }; answer: DraftAnswer };
  "POST /oauth/register": { body: Metadata; answer: Record<string, unknown> };
  "PUT /api/agents/config": { body: AgentChange; answer: ChangedAgent };
  "PUT /api/connections/{id}/sharing": { path: { id: string }; body: SharingBody; answer: ConnectionAnswer };
  "PUT /api/keys/{id}": { path: { id: string }; body: KeyName; answer: KeyAnswer };
  "PUT /api/members/{id}": { path: { id: string }; body: MemberChange; answer: MemberAnswer };
  "PUT /api/oauth/apps/{name}": { path: { name: string }; body: AppBody; answer: AppAnswer };
  "PUT /api/workflows": { body: WorkflowChange; answer: ChangedAnswer };
  "PUT /api/workflows/{id}/draft": { path: { id: string }; body: ReplaceBody; answer: DraftAnswer };
  "PUT /api/workflows/{id}/pins/{node}/{port}": { path: { id: string; node: string; port: string }; body: PinBody; answer: PinAnswer };
}
