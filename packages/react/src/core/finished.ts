/** Waiting for a run's end without asking again and again. */

import type { KeptExecution } from "./api.ts";
import type { Client } from "./client.ts";
import { Problem } from "./problem.ts";
import { watch } from "./stream.ts";

/** The run once it has ended, however long that takes. Throws `Problem` where it cannot be watched, and an abort with `signal`. */
export async function finished(client: Client, executionId: string, signal?: AbortSignal): Promise<KeptExecution> {
  signal?.throwIfAborted();
  let refusal: Problem | null = null;
  const stream = watch(client, executionId, {
    onUpdate: () => undefined,
    onState: (_, problem) => {
      refusal = problem;
    },
  });
  signal?.addEventListener("abort", stream.close, { once: true });
  try {
    const end = await stream.done;
    signal?.throwIfAborted();
    if (end === "failed") throw refusal ?? new Problem({ type: "unexpected-answer", status: 0, detail: "The run cannot be watched." });
    return await client.kept(executionId, { signal });
  } finally {
    signal?.removeEventListener("abort", stream.close);
  }
}
