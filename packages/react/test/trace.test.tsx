/**
 * A recorded run in which an agent asks before it uses a tool, as the fold and as <WorkflowMonitor> show it at each of its turns.
 * @vitest-environment happy-dom
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { render, screen, waitFor } from "@testing-library/react";
import type { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import type { ExecutionEvent } from "../src/core/events.ts";
import { fold } from "../src/core/fold.ts";
import { WorkflowMonitor } from "../src/index.ts";
import { page } from "./page.tsx";
import { begin, json } from "./server.ts";

const file = join(import.meta.dirname, "../../../spec/traces/tool-approval.json");
const { events } = JSON.parse(readFileSync(file, "utf8")) as { events: ExecutionEvent[] };
const graph = { start_node: "ask", nodes: [], edges: [] };

/** An event as the stream tells it (`src/tenuto/api/runs/stream.py`). */
function told({ seq, at, type, node, data }: ExecutionEvent): string {
  const { v: _, ...fields } = data as unknown as Record<string, unknown>;
  const result = type === "node_completed" ? { result: fields["output"] } : {};
  const payload = { type, data: { ...(node === null ? {} : { node_id: node }), ...fields, ...result }, timestamp: at };
  return `id: ${seq}\ndata: ${JSON.stringify(payload)}\n\n`;
}

it("shows an agent that asks, is allowed, is refused and is not answered", async () => {
  let stream: ServerResponse | undefined;
  let sent = 0;
  const ends: boolean[] = [];
  const surroundings = await page((asked, response) => {
    if (asked.path.startsWith("/api/executions/")) return json(response, { execution: { id: "r", graph } });
    begin(response);
    stream = response;
    for (const event of events.slice(0, sent)) response.write(told(event));
  });
  const { container } = render(<WorkflowMonitor executionId="r" onComplete={(success) => ends.push(success)} />, surroundings);
  await waitFor(() => expect(stream).toBeDefined());

  /** Sends the log up to this event, and says what a person reads then. */
  async function upTo(seq: number, chip: string): Promise<string> {
    for (const event of events.slice(sent, seq)) stream?.write(told(event));
    sent = seq;
    await waitFor(() => expect(screen.getByRole("list", { name: "Steps" }).textContent).toContain(chip));
    const { status, nodes } = fold(events.slice(0, seq));
    // Pictures are made of these: TENUTO_PICTURES=folder.
    const pictures = process.env["TENUTO_PICTURES"];
    if (pictures !== undefined) writeFileSync(join(pictures, `after-${seq}.html`), container.innerHTML);
    const step = screen.getByRole("listitem").textContent;
    return [status, nodes.get("ask")?.status, screen.getByRole("status").textContent, step].join(" | ").replaceAll(/\d+:\d\d:\d\d [AP]M/g, "TIME");
  }

  const seen = [await upTo(2, "Running"), await upTo(7, "Waiting"), await upTo(9, "Running"), await upTo(16, "Waiting"), await upTo(23, "Waiting")];
  seen.push(await upTo(27, "Done"));
  stream?.end();
  expect(seen).toMatchInlineSnapshot(`
    [
      "running | running | Ada is running. | ◔ RunningAda",
      "waiting | waiting | Waiting for Ada: approval. | ◷ WaitingAdaMay Ada use github.create_issue?",
      "running | running | Ada is running. | ◔ RunningAda",
      "waiting | waiting | Waiting for Ada: approval. | ◷ WaitingAdaMay Ada use github.create_issue?",
      "waiting | waiting | Waiting for Ada: approval. | ◷ WaitingAdaMay Ada use github.create_issue?",
      "completed | completed | The workflow is done. | ✓ DoneAda24.0 s",
    ]
  `);
  await waitFor(() => expect(ends).toEqual([true]), { timeout: 3_000 });
});
