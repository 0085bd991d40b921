/**
 * The vendor's page in another window, and how one learns that it is done.
 *
 * The window is opened at once when the button is pressed, as browsers refuse it later; then it is sent to the vendor. Vendors cut the
 * tie between both windows (Cross-Origin-Opener-Policy), so the page one comes back to says on a channel of this browser what came of it.
 * Where that is not heard, this page looks at the list of connections until a new or newer one is there.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem, call } from "~/lib/api";
import type { Connector } from "./ways.ts";

const every = 2_000;
const patience = 3 * 60_000;

export interface Consenting {
  readonly state: "idle" | "waiting" | "expired";
  readonly error: string | null;
  /** Where to go where no window could be opened. */
  readonly blocked: string | null;
  readonly begin: (fields: Readonly<Record<string, string>>, shared: boolean) => void;
  readonly stop: () => void;
}

export function useConsent(connector: Connector, onDone: () => Promise<void>): Consenting {
  const [state, setState] = useState<Consenting["state"]>("idle");
  const [error, setError] = useState<string | null>(null);
  const [blocked, setBlocked] = useState<string | null>(null);
  const stopped = useRef(new AbortController());
  useEffect(() => () => stopped.current.abort(), []);
  const stop = useCallback(() => {
    stopped.current.abort();
    setState("idle");
  }, []);
  const begin = useCallback(
    (fields: Readonly<Record<string, string>>, shared: boolean) => {
      stopped.current.abort();
      const control = new AbortController();
      stopped.current = control;
      const other = window.open("about:blank", "_blank", "popup,width=640,height=760");
      setError(null);
      setBlocked(null);
      setState("waiting");
      void consented(connector.key, { fields, shared }, other, control.signal, setBlocked).then(
        (done) => (control.signal.aborted ? undefined : done ? onDone() : setState("expired")),
        (failure: unknown) => {
          other?.close();
          if (control.signal.aborted) return;
          setState("idle");
          setError(said(failure));
        },
      );
    },
    [connector, onDone],
  );
  return { state, error, blocked, begin, stop };
}

interface Asked {
  readonly fields: Readonly<Record<string, string>>;
  /** Whether everybody's runs may use the account. */
  readonly shared: boolean;
}

/** What happened and, where it is known, what to do. */
function said(failure: unknown): string {
  if (failure instanceof Problem) return [failure.message, failure.fix].filter(Boolean).join(" ");
  return failure instanceof Error ? failure.message : String(failure);
}

async function consented(integration: string, { fields, shared }: Asked, other: Window | null, signal: AbortSignal, onBlocked: (url: string) => void): Promise<boolean> {
  const before = await stamps(integration, signal);
  const field = Object.entries(fields).map(([name, value]) => `${name}:${value}`);
  const { url } = await call("GET /api/oauth/{integration}/authorize", { path: { integration }, query: { shared, ...(field.length === 0 ? {} : { field }) }, headers: { accept: "application/json" }, signal });
  const word = hearing(integration, signal);
  let heard = false;
  void word.then(() => (heard = true), () => undefined);
  if (other === null) onBlocked(url);
  else other.location.href = url;
  for (const end = Date.now() + patience; Date.now() < end; ) {
    await Promise.race(heard ? [rest(signal)] : [word, rest(signal)]);
    const now = await stamps(integration, signal);
    if ([...now].some(([id, at]) => before.get(id) !== at)) return true;
  }
  return false;
}

async function stamps(integration: string, signal: AbortSignal): Promise<Map<string, string>> {
  const { connections } = await call("GET /api/connections", { query: { integration, limit: 200 }, signal });
  return new Map(connections.map((each) => [each.id, each.updated_at]));
}

/** Word from the page that one comes back to: that it is done; rejects with what went wrong. What it says is believed only of failures. */
function hearing(integration: string, signal: AbortSignal): Promise<void> {
  const channel = new BroadcastChannel("tenuto.connections");
  const word = new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => (channel.close(), reject(stopped())), { once: true });
    channel.addEventListener("message", ({ data }: MessageEvent<{ outcome?: unknown; integration?: unknown; said?: unknown }>) => {
      if (data.outcome === "connected" && data.integration === integration) resolve();
      if (data.outcome === "failed") reject(new Error(String(data.said)));
    });
  });
  // Nobody may be waiting for it just then.
  word.catch(() => undefined).finally(() => channel.close());
  return word;
}

function rest(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, every);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(stopped())), { once: true });
  });
}

function stopped(): DOMException {
  return new DOMException("Stopped", "AbortError");
}
