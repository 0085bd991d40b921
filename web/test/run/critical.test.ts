/** The critical path of a diamond, and of every recorded run: it ends where the run does and is never longer than it. */
import type { GraphView, NodeState } from "@tenuto/react/core";
import { describe, expect, it } from "vitest";
import { critical } from "~/features/run/model/critical.ts";
import { progressOf } from "~/features/run/model/progress.ts";

const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();

function done(from: number, to: number, port: string | null = "out", status: NodeState["status"] = "completed"): NodeState {
  return { status, startedAt: at(from), finishedAt: at(to), port } as NodeState;
}

/** a → b, c → d. */
const diamond = {
  start_node: "a",
  nodes: ["a", "b", "c", "d"].map((id) => ({ id })),
  edges: [{ from: "a", port: "out", to: "b" }, { from: "a", port: "out", to: "c" }, { from: "b", port: "out", to: "d" }, { from: "c", port: "out", to: "d" }],
} as unknown as GraphView;

describe("the critical path", () => {
  it("goes over the slower branch, and says how late the other one could have been", () => {
    const nodes = new Map([["a", done(0, 10)], ["b", done(10, 40)], ["c", done(10, 20)], ["d", done(40, 50)]]);
    const found = critical({ nodes }, diamond, 0, 50_000);
    expect(found?.steps.map(({ node, self }) => [node, self])).toEqual([["a", 10_000], ["b", 30_000], ["d", 10_000]]);
    expect(found?.steps.reduce((sum, step) => sum + step.share, 0)).toBeCloseTo(1);
    expect([...(found?.slack ?? [])]).toEqual([["a", 0], ["b", 0], ["c", 20_000], ["d", 0]]);
    expect([found?.length, found?.whole]).toEqual([50_000, 50_000]);
  });

  it("counts waiting in the queue to the step that was released", () => {
    const nodes = new Map([["a", done(5, 10)], ["b", done(25, 30)]]);
    const found = critical({ nodes }, diamond, 0, 30_000);
    expect(found?.steps.map(({ node, self }) => [node, self])).toEqual([["a", 10_000], ["b", 20_000]]);
  });

  it("leaves out ways that did not fire and steps that were skipped", () => {
    const graph = { ...diamond, edges: [{ from: "a", port: "true", to: "b" }, { from: "a", port: "false", to: "c" }] } as unknown as GraphView;
    const nodes = new Map([["a", done(0, 10, "true")], ["b", done(10, 12)], ["c", done(10, 99, null, "skipped")]]);
    expect(critical({ nodes }, graph, 0, null)?.steps.map((step) => step.node)).toEqual(["a", "b"]);
  });

  it("is not there while nothing has ended, or without a graph", () => {
    const running = { status: "running", startedAt: at(0), finishedAt: null, port: null } as NodeState;
    expect(critical({ nodes: new Map([["a", running]]) }, diamond, 0, null)).toBeNull();
    expect(critical({ nodes: new Map([["a", done(0, 1)]]) }, null, 0, null)).toBeNull();
  });
});

describe("the progress of a run", () => {
  it("counts only what can still be reached", () => {
    const graph = { ...diamond, edges: [{ from: "a", port: "true", to: "b" }, { from: "a", port: "false", to: "c" }, { from: "b", port: "out", to: "d" }] } as unknown as GraphView;
    expect(progressOf({ nodes: new Map() }, graph)).toEqual({ finished: 0, reachable: 4 });
    expect(progressOf({ nodes: new Map([["a", done(0, 1, "true")]]) }, graph)).toEqual({ finished: 1, reachable: 3 });
    expect(progressOf({ nodes: new Map([["a", done(0, 1, "false")], ["c", done(1, 2)]]) }, graph)).toEqual({ finished: 2, reachable: 2 });
    expect(progressOf({ nodes: new Map([["a", done(0, 1)], ["x", done(0, 1, null, "failed")]]) }, null)).toEqual({ finished: 2, reachable: 2 });
  });
});
