/** What holds for every stream and every log: however it is cut and however often the connection is lost. */
import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Client } from "../src/core/client.ts";
import type { ExecutionEvent } from "../src/core/events.ts";
import { evolve, fold } from "../src/core/fold.ts";
import type { MonitorUpdate } from "../src/core/kept.ts";
import { sseParser } from "../src/core/sse.ts";
import { initialState, view } from "../src/core/state.ts";
import { statusOf } from "../src/core/status.ts";
import { watch } from "../src/core/stream.ts";
import { type Double, begin, send, serve } from "./server.ts";

const folder = new URL("../../../spec/traces/", import.meta.url);
const logs = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => (JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { events: ExecutionEvent[] }).events);
const anyLog = fc.constantFrom(...logs);

/** A text in pieces, cut where the numbers say. */
function pieces(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((one, other) => one - other), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

describe("a stream in pieces", () => {
  const line = fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, " "));
  const message = fc.record({ id: fc.nat(), data: fc.array(line, { minLength: 1, maxLength: 3 }), comment: fc.boolean() });

  it("gives the same messages wherever it is cut and however its lines end", () => {
    fc.assert(
      fc.property(fc.array(message), fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.nat()), (messages, end, cuts) => {
        const text = messages
          .map(({ id, data, comment }) =>
            [...(comment ? [": still here", ""] : []), `id: ${id}`, ...data.map((one) => `data: ${one}`), "", ""].join(end),
          )
          .join("");
        const parser = sseParser();
        // What ends with a lone carriage return is complete when the next piece says so.
        const found = [...pieces(text, cuts), "\n"].flatMap((piece) => parser.push(piece));
        expect(found).toEqual(messages.map(({ id, data }) => ({ id: String(id), data: data.join("\n"), event: null })));
      }),
    );
  });

  it("is read to its end whatever it holds, and remembers no message that was not finished", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (any) => {
        const parser = sseParser();
        const found = any.flatMap((piece) => parser.push(piece));
        expect(found.every(({ data }) => typeof data === "string")).toBe(true);
        expect(parser.push("")).toEqual([]);
      }),
    );
  });
});

describe("a log", () => {
  it("folds to one state, in one go or in two, and never changes what it was folded from", () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), (log, cut) => {
        const before = JSON.stringify(log);
        const state = initialState();
        for (const event of log.slice(0, cut % (log.length + 1))) evolve(state, event);
        for (const event of log.slice(cut % (log.length + 1))) evolve(state, event);
        expect(view(state)).toStrictEqual(view(fold(log)));
        expect(JSON.stringify(log)).toBe(before);
      }),
    );
  });
});

describe("progress", () => {
  const node = fc.constantFrom("a", "b", "c");
  const types = ["workflow_started", "node_started", "node_completed", "node_skipped", "node_failed", "node_retrying", "node_waiting"];
  const update: fc.Arbitrary<MonitorUpdate> = fc.record({
    type: fc.constantFrom(...types),
    data: node.map((node_id) => ({ node_id })),
    timestamp: fc.constant(""),
  });
  const graph = { start_node: "a", edges: [{ from: "a", to: "b" }, { from: "b", to: "c" }] };

  it("stays between 0 and 99 until the end says 100", () => {
    fc.assert(
      fc.property(fc.array(update), fc.boolean(), (updates, known) => {
        const reachable = known ? graph : null;
        const { progress } = statusOf(updates, reachable);
        expect(progress).toBeGreaterThanOrEqual(0);
        expect(progress).toBeLessThanOrEqual(99);
        const end = { type: "workflow_completed", data: {}, timestamp: "" };
        expect(statusOf([...updates, end], reachable)).toMatchObject({ progress: 100, state: "completed" });
      }),
    );
  });
});

describe("a run over lost connections", () => {
  let double: Double;
  afterEach(() => double.close());

  it("is told whole, once and in order, wherever the connections break", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.array(fc.nat({ max: 40 }), { maxLength: 4 }), async (length, breaks) => {
        double = await serve((asked, response, nth) => {
          begin(response, 1);
          const after = Number(asked.headers["last-event-id"] ?? 0);
          const last = breaks[nth] === undefined ? length : Math.min(length, after + Math.floor(breaks[nth] / 10));
          for (let seq = after + 1; seq <= last; seq += 1) send(response, seq, seq === length ? "workflow_completed" : "node_started", {});
          if (breaks[nth] === undefined) return void response.end();
          // Cut in the middle of the next one.
          response.write(`id: ${last + 1}\ndata: {"type":`.slice(0, breaks[nth]), () => response.destroy());
        });
        const seen: (number | undefined)[] = [];
        const stream = watch(new Client({ baseUrl: double.url }), "r", { onUpdate: ({ seq }) => seen.push(seq) });
        expect(await stream.done).toBe("ended");
        expect(seen).toEqual(Array.from({ length }, (_, index) => index + 1));
        await double.close();
      }),
      { numRuns: 25 },
    );
  });
});
