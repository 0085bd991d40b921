/** Calls to any route of the API, as its description types them. */

import type { Routes } from "./api.ts";
import type { Call, Query, Transport } from "./transport.ts";

/** A route as the API's description names it: `GET /api/executions/{id}`. */
export type Route = keyof Routes;

export type Answer<R extends Route> = Routes[R]["answer"];

type Options = Pick<Call, "headers" | "signal" | "again">;
type Given<R extends Route> = Omit<Routes[R], "answer"> & Options;

/** What a route takes in `path`, `query` and `body`; nothing where it needs nothing. */
export type Arguments<R extends Route> = Record<never, never> extends Given<R> ? [given?: Given<R>] : [given: Given<R>];

interface Loose extends Options {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Query;
  readonly body?: unknown;
}

/** Call a route. Throws `Problem`, and `AbortError` where `signal` says so. */
export function callRoute<R extends Route>(transport: Transport, route: R, ...[given]: Arguments<R>): Promise<Answer<R>> {
  const { path = {}, ...call } = (given ?? {}) as Loose;
  const [method, pattern = ""] = route.split(" ") as [NonNullable<Call["method"]>, string];
  const address = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  return transport.json<Answer<R>>(address, { ...call, method });
}
