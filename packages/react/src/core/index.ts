/** Everything that knows no React: client, live stream, fold and problems. */

export * from "./api.ts";
export { Client, type ClientOptions, type EventsPage, type ExecutionFilter, type StartRequest } from "./client.ts";
export * from "./events.ts";
export { finished } from "./finished.ts";
export { evolve, fold } from "./fold.ts";
export * from "./kept.ts";
export { Problem, type ProblemFields } from "./problem.ts";
export { type ExecutionState, initialState, type NodeState, type NodeStatus, view } from "./state.ts";
export { type Stream, type StreamOptions, type StreamState, watch } from "./stream.ts";
export type { Call, Transport, TransportOptions } from "./transport.ts";
export type { Used } from "./usage.ts";
