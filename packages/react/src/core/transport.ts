/** How calls are made: address, who is calling, time limits, JSON both ways, and every failure as a `Problem`. */

import { Problem, isAbort, problemOf, unreachable } from "./problem.ts";

export interface TransportOptions {
  /** Where the server is; the page's own origin where nothing is given. */
  baseUrl?: string;
  /** An API key, for hosts that are no browser; a page signs in and sends its cookie instead, because a key in a page is everybody's. */
  apiKey?: string;
  /** Headers for every call, for example those of a proxy of your own; asked anew each time. */
  headers?: () => Record<string, string> | Promise<Record<string, string>>;
  /** `same-origin` if not given; `include` for a server of another origin that allows it. */
  credentials?: RequestCredentials;
  fetch?: typeof fetch;
  /** Milliseconds after which a call that has no answer fails; 30,000 if not given. */
  timeout?: number;
}

type Query = Record<string, string | number | null | undefined>;

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Whether the call may be made once more where no answer came; those that only read always may. */
  again?: boolean;
}

export interface Transport {
  /** The JSON that is answered. Throws `Problem`, and `AbortError` where `signal` says so. */
  json<Answer>(path: string, call?: Call): Promise<Answer>;
  /** An answer whose body is read by the caller, without a time limit. Throws as `json` does. */
  open(path: string, call?: Call): Promise<Response>;
}

/** The calls to one server. */
export function transport(options: TransportOptions): Transport {
  const base = (options.baseUrl ?? "").replace(/\/+$/, "");
  // Looked up when it is called, so that a page may replace its fetch; called as a function, because browsers insist on it.
  const send: typeof fetch = (input, init) => (options.fetch ?? fetch)(input, init);

  async function open(path: string, call: Call = {}): Promise<Response> {
    const headers = new Headers(await options.headers?.());
    if (options.apiKey) headers.set("Authorization", `Bearer ${options.apiKey}`);
    if (call.body !== undefined) headers.set("Content-Type", "application/json");
    for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value);
    const response = await send(base + path + search(call.query), {
      method: call.method ?? "GET",
      headers,
      credentials: options.credentials ?? "same-origin",
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: call.signal ?? null,
    }).catch((error: unknown) => {
      throw isAbort(error) || call.signal?.aborted ? error : unreachable(error);
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async function once<Answer>(path: string, call: Call): Promise<Answer> {
    const limit = deadline(options.timeout ?? 30_000, call.signal);
    try {
      const response = await open(path, { ...call, signal: limit.signal });
      return (await response.json().catch((error: unknown) => {
        throw error instanceof SyntaxError ? notJson(response.status) : isAbort(error) ? error : unreachable(error);
      })) as Answer;
    } catch (error) {
      throw limit.passed() ? late() : error;
    } finally {
      limit.clear();
    }
  }

  async function json<Answer>(path: string, call: Call = {}): Promise<Answer> {
    try {
      return await once<Answer>(path, call);
    } catch (error) {
      const repeatable = call.again ?? (call.method === undefined || call.method === "GET");
      if (!repeatable || !(error instanceof Problem) || error.type !== "unreachable") throw error;
      return once<Answer>(path, call);
    }
  }

  return { json, open };
}

function search(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") given.set(name, String(value));
  }
  const text = given.toString();
  return text ? `?${text}` : "";
}

interface Deadline {
  readonly signal: AbortSignal;
  passed(): boolean;
  clear(): void;
}

/** A signal that ends with the caller's, or after so many milliseconds; `AbortSignal.any` is not in every browser yet. */
function deadline(after: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let passed = false;
  const abort = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(() => {
    passed = true;
    controller.abort();
  }, after);
  if (outer?.aborted) abort();
  outer?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", abort);
    },
  };
}

function late(): Problem {
  const detail = "The server has not answered in time.";
  return new Problem({ type: "timeout", status: 0, detail, fix: "Try again in a moment.", retryable: true });
}

function notJson(status: number): Problem {
  const detail = "The server answered with something that is no JSON.";
  return new Problem({ type: "unexpected-answer", status, detail, fix: "Check that baseUrl is the address of a Tenuto server." });
}
