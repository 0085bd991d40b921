/** How calls are made: address, who is calling, time limits, JSON both ways, and every failure as a `Problem`. */

import { Problem, isAbort, problemOf, unreachable } from "./problem.ts";

export interface TransportOptions {
  /** Where the server is, or the route of your own server that passes calls on; the page's own origin where nothing is given. */
  baseUrl?: string;
  /** An API key, for hosts that are no browser; a page signs in and sends its cookie instead, because a key in a page is everybody's. */
  apiKey?: string;
  /** Headers for every call, for example those of a proxy of your own; asked anew each time. */
  headers?: () => Record<string, string> | Promise<Record<string, string>>;
  /** `same-origin` if not given. Tenuto takes changes under a cookie from its own pages alone. */
  credentials?: RequestCredentials;
  fetch?: typeof fetch;
  /** Milliseconds after which a call that has no answer fails; 30,000 if not given. */
  timeout?: number;
}

type Value = string | number | boolean | null | undefined;
/** What is not given is not sent; several of one name are sent as often. */
export type Query = Record<string, Value | readonly Value[]>;

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
  const open = (path: string, call: Call = {}): Promise<Response> => request(options, path, call);

  async function json<Answer>(path: string, call: Call = {}): Promise<Answer> {
    const act = (signal: AbortSignal): Promise<Answer> => read<Answer>(open(path, { ...call, signal }));
    const once = (): Promise<Answer> => timely(options.timeout ?? 30_000, call.signal, act);
    const repeatable = call.again ?? (call.method === undefined || call.method === "GET");
    try {
      return await once();
    } catch (error) {
      if (!repeatable || !(error instanceof Problem) || error.type !== "unreachable") throw error;
      return once();
    }
  }

  return { json, open };
}

async function request(options: TransportOptions, path: string, call: Call): Promise<Response> {
  const base = (options.baseUrl ?? "").replace(/\/+$/, "");
  const headers = new Headers(await options.headers?.());
  if (options.apiKey) headers.set("Authorization", `Bearer ${options.apiKey}`);
  if (call.body !== undefined) headers.set("Content-Type", "application/json");
  for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value);
  // Looked up when it is called, so that a page may replace its fetch; called as a function, because browsers insist on it.
  const send = options.fetch ?? fetch;
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

async function read<Answer>(answer: Promise<Response>): Promise<Answer> {
  const response = await answer;
  return (await response.json().catch((error: unknown) => {
    throw error instanceof SyntaxError ? notJson(response.status) : isAbort(error) ? error : unreachable(error);
  })) as Answer;
}

function search(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value !== null && value !== undefined && value !== "") given.append(name, String(value));
    }
  }
  const text = given.toString();
  return text ? `?${text}` : "";
}

/** Act, for so many milliseconds at most and as long as `outer` lets it; `AbortSignal.any` is not in every browser yet. */
async function timely<Answer>(
  most: number,
  outer: AbortSignal | undefined,
  act: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer?.reason);
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    controller.abort();
  }, most);
  if (outer?.aborted) abort();
  outer?.addEventListener("abort", abort, { once: true });
  try {
    return await act(controller.signal);
  } catch (error) {
    throw passed ? late() : error;
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  }
}

function late(): Problem {
  const detail = "The server has not answered in time.";
  return new Problem({ type: "timeout", status: 0, detail, fix: "Try again in a moment.", retryable: true });
}

function notJson(status: number): Problem {
  const detail = "The server answered with something that is no JSON.";
  return new Problem({ type: "unexpected-answer", status, detail, fix: "Check that baseUrl is the address of a Tenuto server." });
}
