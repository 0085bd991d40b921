/** Asks ELK in a worker of its own; it is given ten seconds, and ended. */
import type { Ask, ElkChild } from "../model/index.ts";
import { workerAddress } from "~/lib/worker-address";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";

const patience = 10_000;

interface Answer {
  readonly id: number;
  readonly data?: { readonly children?: readonly ElkChild[] };
  readonly error?: { readonly message?: string };
}

/** An `Ask` and the way to end its worker. */
export function elk(): { ask: Ask; end: () => void } {
  const worker = new Worker(workerAddress(workerUrl));
  const waiting = new Map<number, { resolve: (data: { readonly children?: readonly ElkChild[] }) => void; reject: (error: Error) => void }>();
  const failAll = (message: string): void => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
  };
  let last = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error === undefined) one?.resolve(data.data ?? {});
    else one?.reject(new Error(data.error.message ?? "ELK failed"));
  });
  worker.addEventListener("error", (event) => failAll(event.message));
  worker.postMessage({ id: 0, cmd: "register", algorithms: ["layered"] });
  const timer = setTimeout(() => end(), patience);
  const end = (): void => {
    clearTimeout(timer);
    worker.terminate();
    failAll("ELK took too long");
  };
  const ask: Ask = (graph) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, cmd: "layout", graph, layoutOptions: {}, options: {} });
    });
  return { ask, end };
}
