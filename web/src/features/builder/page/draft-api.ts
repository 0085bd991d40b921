/** The draft on the server: read, changed by operations on a known revision, never overwritten. */
import { client, Problem } from "~/lib/api";
import { type Document, type JsonObject, operations, type Operation, write } from "../model/index.ts";

export interface ServerDraft {
  readonly definition: JsonObject;
  readonly rev: number;
  readonly at: string;
  readonly version: number | null;
  /** Whether publishing would change what runs. */
  readonly differs: boolean;
}

const most = 2_000;

export async function readDraft(id: string, signal?: AbortSignal): Promise<ServerDraft> {
  const answer = await client.transport.json<{ draft: ServerDraft }>(pathOf(id), signal === undefined ? {} : { signal });
  return answer.draft;
}

/** Makes the server's draft from what it was at `rev` to what the editor shows; null where there is nothing to do. Throws `Problem` 412 if it changed since. */
export async function sendDraft(id: string, rev: number, before: Document, after: Document): Promise<ServerDraft | null> {
  const ops: Operation[] = operations(before, after);
  if (ops.length === 0) return null;
  const whole = ops.length > most;
  const body = whole ? { definition: write(after) } : { ops };
  const answer = await client.transport.json<{ draft: ServerDraft }>(pathOf(id), { method: whole ? "PUT" : "PATCH", body, headers: { "If-Match": `"${rev}"` } });
  return answer.draft;
}

/** Makes the draft what is published again. Throws `Problem` 412 where it changed since `rev`. */
export function discardDraft(id: string, rev: number): Promise<ServerDraft> {
  return asked(pathOf(id), "DELETE", rev);
}

/** Makes the draft what a version or a restore point is. Throws as `discardDraft` does. */
export function restoreState(id: string, state: { readonly kind: "version" | "point"; readonly number: number }, rev: number): Promise<ServerDraft> {
  const place = state.kind === "version" ? "versions" : "restore-points";
  return asked(`/api/workflows/${encodeURIComponent(id)}/${place}/${state.number}/restore`, "POST", rev);
}

async function asked(path: string, method: "DELETE" | "POST", rev: number): Promise<ServerDraft> {
  const { draft } = await client.transport.json<{ draft: ServerDraft }>(path, { method, headers: { "If-Match": `"${rev}"` } });
  return draft;
}

/** Whether the draft is another one than the one that was changed. */
export function isOutdated(error: unknown): boolean {
  return error instanceof Problem && (error.status === 412 || error.status === 409);
}

function pathOf(id: string): string {
  return `/api/workflows/${encodeURIComponent(id)}/draft`;
}
