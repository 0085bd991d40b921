/** Failures as errors: what the server said in one sentence, with its stable type and what to do about it. */

import type { Issue } from "./api.ts";

const prefix = "https://tenuto.dev/problems/";

/** What is known of a failure; `type` is its stable name without a prefix. */
export interface ProblemFields {
  readonly type: string;
  /** The status of the answer; 0 where there was none. */
  readonly status: number;
  readonly detail: string;
  readonly fix?: string | null;
  readonly pointer?: string | null;
  readonly node?: string | null;
  readonly retryable?: boolean;
  /** Seconds to wait before trying again. */
  readonly retryAfter?: number | null;
  readonly issues?: readonly Issue[];
  /** The number of the request in the server's log, for an error that is the server's own. */
  readonly instance?: string | null;
}

/** A call that failed. `message` is a sentence for people. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly type: string;
  readonly status: number;
  readonly fix: string | null;
  readonly pointer: string | null;
  readonly node: string | null;
  readonly retryable: boolean;
  readonly retryAfter: number | null;
  readonly issues: readonly Issue[];
  readonly instance: string | null;

  constructor(fields: ProblemFields, options?: ErrorOptions) {
    super(fields.detail, options);
    this.type = fields.type;
    this.status = fields.status;
    this.fix = fields.fix ?? null;
    this.pointer = fields.pointer ?? null;
    this.node = fields.node ?? null;
    this.retryable = fields.retryable ?? false;
    this.retryAfter = fields.retryAfter ?? null;
    this.issues = fields.issues ?? [];
    this.instance = fields.instance ?? null;
  }
}

/** The problem of a call that got no answer. */
export function unreachable(cause: unknown): Problem {
  const fix = "Check the connection, and try again.";
  return new Problem({ type: "unreachable", status: 0, detail: "The server cannot be reached.", fix, retryable: true }, { cause });
}

/** The problem that a refusing answer tells of, whoever wrote it: a proxy's page is one as well. */
export async function problemOf(response: Response): Promise<Problem> {
  const said = object(await response.text().catch(() => ""));
  const { status } = response;
  const type = text(said["type"]);
  return new Problem({
    type: type === null ? "unexpected-answer" : type.startsWith(prefix) ? type.slice(prefix.length) : type,
    status,
    detail: text(said["error"]) ?? text(said["detail"]) ?? `The server answered ${status}.`,
    fix: text(said["fix"]),
    pointer: text(said["pointer"]),
    node: text(said["node"]),
    retryable: typeof said["retryable"] === "boolean" ? said["retryable"] : status === 429 || status >= 502,
    retryAfter: seconds(said["retry_after"], response.headers.get("retry-after")),
    issues: Array.isArray(said["issues"]) ? (said["issues"] as Issue[]) : [],
    instance: text(said["instance"]),
  });
}

/** Any error in one sentence for people. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether somebody ended the call on purpose, so that nobody needs to hear of it. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function object(body: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function seconds(said: unknown, header: string | null): number | null {
  if (typeof said === "number") return said;
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}
