/** Calls to the server that serves this page, and how their answers are kept: every failure is a `Problem`. */
import { type QueryClient, type UseQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Routes } from "@tenuto/react/api";
import { type Answer, type Arguments, Client, Problem, type Route } from "@tenuto/react/core";

export { Problem };

/** One for the whole app; `@tenuto/react`'s hooks use the page's origin as well. */
export const client = new Client();

/** Calls a route, typed by the API's description: `await call("POST /api/keys", { body: { name, role } })`. */
export function call<R extends Route>(route: R, ...given: Arguments<R>): Promise<Answer<R>> {
  return client.call(route, ...given);
}

type Reading = Extract<Route, `GET ${string}`>;

/**
 * Options of a query that reads a route: `useQuery(reading("GET /api/keys", { query: { limit: 20 } }))`.
 * A route with two kinds of answers is told which: `reading<"GET /api/agents/config", AgentsAnswer>("GET /api/agents/config")`.
 */
export function reading<R extends Reading, A extends Answer<R> = Answer<R>>(route: R, ...given: Arguments<R>): UseQueryOptions<A, Error> {
  return queryOptions<A, Error>({
    queryKey: queryKey(route, ...given),
    queryFn: async ({ signal }) => (await client.call(route, ...([{ ...given[0], signal }] as unknown as Arguments<R>))) as A,
    placeholderData: keepPreviousData,
  });
}

/** What there is to build with: the same until the server is another. */
export const readingCatalog = { ...reading("GET /api/catalog"), staleTime: Number.POSITIVE_INFINITY };

/** Under which the answer of a route is kept; its first part is the noun: `executions`, `workflows`, `agents`. */
export function queryKey<R extends Reading>(route: R, ...given: Arguments<R>): readonly unknown[] {
  return given[0] === undefined ? [nounOf(route), route] : [nounOf(route), route, given[0]];
}

type NounOf<R> = R extends `${string} /api/${infer Noun}/${string}` ? Noun : R extends `${string} /api/${infer Noun}` ? Noun : never;
export type Noun = NounOf<keyof Routes>;

/** What was read of these nouns may not be true any more: `stale(queries, "keys")` after one was made. */
export async function stale(queries: QueryClient, ...nouns: readonly Noun[]): Promise<void> {
  await Promise.all(nouns.map((noun) => queries.invalidateQueries({ queryKey: [noun] })));
}

function nounOf(route: Route): string {
  return route.split("/")[2] ?? route;
}

/** Whether a call was refused because nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

/** Whether a call was refused because the caller's role does not allow it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Problem && error.status === 403;
}

/** Whether the server could not be reached at all. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Problem && error.type === "unreachable";
}
