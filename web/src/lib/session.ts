/** Who is signed in, and what that one may do. */
import { type UseQueryResult, queryOptions, useQuery } from "@tanstack/react-query";
import type { Me } from "@tenuto/react/api";
import { call, isSignedOut, queryKey } from "./api.ts";

/** Under which it is kept who is signed in. */
export const meKey = queryKey("GET /api/auth/me");

export const readingMe = queryOptions<Me | null>({ queryKey: meKey, queryFn: ({ signal }) => whoAmI(signal), staleTime: 60_000 });

/** `null` where nobody is signed in. */
export function useMe(): UseQueryResult<Me | null> {
  return useQuery(readingMe);
}

/** Whether the caller may do something: `useMay("workflow:write")`. The server decides; this hides what would be refused. */
export function useMay(permission: string): boolean {
  return useMe().data?.permissions.includes(permission) ?? false;
}

async function whoAmI(signal: AbortSignal): Promise<Me | null> {
  try {
    return await call("GET /api/auth/me", { signal });
  } catch (error) {
    if (isSignedOut(error)) return null;
    throw error;
  }
}

/** The token of a one-time link, of the whole link or of itself. */
export function tokenOf(text: string): string {
  return text.trim().split("#").at(-1) ?? "";
}

/** Uses a one-time link up; the answer sets the session's cookie. */
export function signIn(token: string, name?: string): Promise<Me> {
  return call("POST /api/auth/sign-in", { body: { token, ...(name ? { name } : {}) } });
}

export function signOut(): Promise<unknown> {
  return call("POST /api/auth/sign-out");
}

/** Stands for wherever the app is served: only what is beyond it counts. */
const here = "https://tenuto.invalid";

/** An address of this app to go on to after signing in; anything else is Home. */
export function safeNext(next: unknown): string {
  if (typeof next !== "string" || !next.startsWith("/")) return "/";
  try {
    // As a browser reads it, which takes tabs for nothing and `\\` for `/`: what looks like a path may name a host.
    const { origin, pathname, search, hash } = new URL(next, here);
    const inside = origin === here && !pathname.startsWith("//") && pathname !== "/sign-in";
    return inside ? pathname + search + hash : "/";
  } catch {
    return "/";
  }
}
