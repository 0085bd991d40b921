/** Everything that knows no React: client, live stream, fold and problems. */

// Every other type of the API is in `@tenuto/react/api`.
export type { ExecutionDetail, GraphView, Issue, JsonValue, KeptExecution, Routes, Status, Usage } from "./api.ts";
export { Client, type ClientOptions, type EventsPage, type ExecutionFilter, type StartRequest } from "./client.ts";
export * from "./events.ts";
export { finished } from "./finished.ts";
export { evolve, fold } from "./fold.ts";
export * from "./kept.ts";
export { Monitor, type MonitorSnapshot } from "./monitor.ts";
export { Problem, type ProblemFields } from "./problem.ts";
export { type ExecutionState, initialState, type NodeState, type NodeStatus, view } from "./state.ts";
export { type Stream, type StreamOptions, type StreamState, watch } from "./stream.ts";
export type { Answer, Arguments, Route } from "./routes.ts";
export { rowsOf, type Row } from "./rows.ts";
export { statusOf, type Reachable, type WorkflowStatus } from "./status.ts";
export type { Call, Transport, TransportOptions } from "./transport.ts";
export type { Used } from "./usage.ts";
