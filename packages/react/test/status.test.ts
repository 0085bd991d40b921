/** What a person reads of a run: status, progress, steps, words. */
import { describe, expect, it } from "vitest";
import type { MonitorUpdate } from "../src/core/kept.ts";
import { rowsOf } from "../src/core/rows.ts";
import { statusOf } from "../src/core/status.ts";
import { clock, duration } from "../src/core/words.ts";

let second = 0;
const said = (type: string, data: MonitorUpdate["data"] = {}): MonitorUpdate => ({
  type,
  data,
  timestamp: new Date(Date.UTC(2026, 2, 1, 12, 0, (second += 1))).toISOString(),
});
const started = said("workflow_started", { workflow_name: "Triage" });
const begins = (node: string, agent?: string): MonitorUpdate =>
  said("node_started", { node_id: node, node_type: "agent", ...(agent ? { agent_name: agent } : {}) });
const done = (node: string): MonitorUpdate => said("node_completed", { node_id: node, node_type: "agent", result: 1 });
const graph = {
  start_node: "a",
  edges: [
    { from: "a", to: "b" },
    { from: "a", to: "c" },
    { from: "b", to: "d" },
    { from: "c", to: "d" },
    { from: "island", to: "d" },
  ],
};

describe("the status", () => {
  it("is idle before anything has happened", () => {
    expect(statusOf([])).toEqual({ state: "idle", progress: 0 });
  });

  it("names the node that runs, by its agent where it has one", () => {
    const status = statusOf([started, begins("a", "Writer")]);
    expect(status).toEqual({ state: "running", currentNode: "a", progress: 20, message: "Writer is running." });
  });

  it("guesses ten percent for each event and never that it is done", () => {
    const many = Array.from({ length: 30 }, (_, n) => [begins(`n${n}`), done(`n${n}`)]).flat();
    expect(statusOf([started, ...many]).progress).toBe(95);
    expect(statusOf([started, ...many.filter(({ type }) => type === "node_started")]).progress).toBe(90);
    expect(statusOf([...many, begins("last")]).progress).toBe(95);
  });

  it("with the graph counts what is done of what can still be reached", () => {
    const way = [started, begins("a"), done("a")];
    expect(statusOf(way, graph).progress).toBe(25);
    expect(statusOf([...way, said("node_skipped", { node_id: "c" })], graph).progress).toBe(33);
    expect(statusOf([...way, said("node_skipped", { node_id: "c" }), done("b"), done("d")], graph).progress).toBe(99);
    expect(statusOf([...way, done("elsewhere")], graph).progress).toBe(25);
  });

  it("takes a node that begins once more out of what is done", () => {
    const way = [started, done("a"), said("node_failed", { node_id: "b" }), said("workflow_failed", { error: "No." })];
    expect(statusOf(way, graph)).toMatchObject({ state: "failed", progress: 50, message: "No." });
    expect(statusOf([...way, said("workflow_resumed", { by: "Ada" }), begins("b")], graph)).toMatchObject({
      state: "running",
      progress: 25,
    });
  });

  it("ends with the run, well or badly", () => {
    expect(statusOf([started, begins("a"), said("workflow_completed")], graph)).toEqual({
      state: "completed",
      progress: 100,
      message: "The workflow is done.",
    });
    const cancelled = statusOf([started, begins("a"), said("workflow_cancelled", { error: "cancelled by Ada" })]);
    expect(cancelled).toMatchObject({ state: "failed", message: "cancelled by Ada" });
    expect(cancelled).not.toHaveProperty("currentNode");
  });

  it("says who waits by the name of the agent, also where the message names only the node", () => {
    const way = [started, begins("ask", "Ada"), said("node_waiting", { node_id: "ask", reason: "approval" })];
    expect(statusOf(way).message).toBe("Ada waits (approval).");
    expect(statusOf([...way, said("workflow_waiting", { waiting_for: ["ask: approval", "b: event"] })]).message).toBe(
      "Waiting for Ada: approval, b: event.",
    );
  });

  it("says what a run waits for, and who has paused it", () => {
    const waits = statusOf([started, said("workflow_waiting", { waiting_for: ["ask: approval", 7] })]);
    expect(waits).toMatchObject({ state: "running", message: "Waiting for ask: approval." });
    expect(statusOf([started, said("workflow_paused", { by: "Ada" })]).message).toBe("Paused by Ada.");
  });

  it("passes over messages of a newer server", () => {
    expect(statusOf([started, said("workflow_admired")])).toEqual(statusOf([started]));
  });
});

describe("the steps", () => {
  it("stand in the order in which they began, each once, as they stand now", () => {
    const problem = { type: "rate-limited", detail: "Too many requests." };
    const rows = rowsOf([
      started,
      begins("a", "Writer"),
      begins("b"),
      said("node_retrying", { node_id: "a", problem }),
      said("node_waiting", { node_id: "b", reason: "approval" }),
      said("node_skipped", { node_id: "c" }),
    ]);
    expect(rows.map(({ node, name, status, remark }) => [node, name, status, remark])).toEqual([
      ["a", "Writer", "retrying", "Too many requests."],
      ["b", "b", "waiting", "approval"],
      ["c", "c", "skipped", null],
    ]);
  });

  it("took the time from their first start to their end", () => {
    const [row] = rowsOf([begins("a"), said("node_retrying", { node_id: "a" }), begins("a"), done("a")]);
    expect(row).toMatchObject({ status: "completed", took: 3_000 });
  });
});

describe("words", () => {
  it.each([
    [0, "0 ms"],
    [340.4, "340 ms"],
    [1_234, "1.2 s"],
    [59_949, "59.9 s"],
    [59_960, "1 min 0 s"],
    [724_000, "12 min 4 s"],
    [12_000_000, "3 h 20 min"],
  ])("%d ms is %s", (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

  it("say nothing of what is no time", () => {
    expect(clock(null)).toBe("");
    expect(clock("tomorrow")).toBe("");
    expect(clock("2026-03-01T12:00:00Z")).not.toBe("");
  });
});
