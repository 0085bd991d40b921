/** How a run stands and what it waits for, in words: the sentence of each state. */
import type { NodeState } from "@tenuto/react/core";
import { describe, expect, it } from "vitest";
import { sentence, type Told, usage, verdict, worked } from "~/features/run/model/verdict.ts";
import { waitingFor, waitsFor } from "~/features/run/model/waiting.ts";

function node(part: Partial<NodeState>): NodeState {
  return { status: "waiting", reason: null, until: null, held: false, data: null, startedAt: null, ...part } as NodeState;
}

function told(part: Partial<Told["state"]>, more: Partial<Told> = {}): Told {
  const state = { status: "running", nodes: new Map(), active: new Map(), error: null, endedBy: null, usage: null, ...part } as Told["state"];
  return { state, progress: { finished: 0, reachable: 0 }, nameOf: (id) => id.toUpperCase(), trigger: "", startedAt: 0, endedAt: null, spent: null, now: 90_000, ...more };
}

describe("what a step waits for", () => {
  it.each([
    [{ reason: "approval", data: { title: "Refund?", approvers: ["role:owner", "member:Ana"] } }, "approval of “Refund?” by owner, Ana"],
    [{ reason: "approval", data: { title: 3, approvers: "everybody" } }, "approval of “Pay”"],
    [{ reason: "event", data: { event: "paid" } }, "the event “paid”"],
    [{ reason: "call" }, "a call of the address of Pay"],
    [{ reason: "children", data: { count: 1 } }, "1 run of Pay"],
    [{ reason: "children" }, "the runs of Pay"],
    [{ reason: "budget" }, "somebody to allow more than the budget"],
    [{ status: "unknown" as const }, "somebody to say whether Pay happened"],
    [{ held: true, reason: "delay" }, "a rate limit that holds Pay"],
    [{ reason: "moon" }, "moon in Pay"],
    [{}, "something in Pay"],
  ])("%j is %s", (part, words) => {
    expect(waitsFor("Pay", node(part as Partial<NodeState>))).toBe(words);
  });

  it("is one sentence for a run: two are named, the others counted, since the first of them", () => {
    const waits = ["a", "b", "c", "d"].map((id, index): [string, NodeState] => [id, node({ reason: "call", startedAt: new Date(index * 1_000).toISOString() })]);
    expect(waitingFor(waits, (id) => id, 120_000)).toBe("Waiting for a call of the address of a and a call of the address of b and 2 more since 2 min");
    expect(waitingFor([["a", node({ status: "running" })]], (id) => id, 0)).toBeNull();
  });
});

describe("the verdict", () => {
  it.each([
    [told({ status: "pending" }), "Queued; it begins as soon as a worker is free"],
    [told({ status: "completed" }, { endedAt: 2_500 }), "Done in 2.5 s"],
    [told({ status: "cancelled", endedBy: "cancelled by Ana" }), "Cancelled by Ana"],
    [told({ status: "cancelled" }), "Cancelled"],
    [told({ status: "failed", nodes: new Map([["pay", node({ status: "failed" })]]), error: { detail: "No money." } as Told["state"]["error"] }), "Failed at PAY: No money"],
    [told({ status: "failed", error: { detail: "It took too long." } as Told["state"]["error"] }), "Failed: It took too long"],
    [told({ status: "unknown", active: new Map([["pay", node({ status: "unknown" })]]) }), "Nobody knows whether PAY happened: somebody has to say"],
    [told({ active: new Map(["a", "b", "c", "d", "e"].map((id) => [id, node({ status: "running" })])) }), "Running A, B, C and 2 more"],
    [told({ status: "waiting" }), "Waiting"],
  ])("is a sentence (%#)", (given, words) => {
    expect(sentence(given)).toBe(words);
  });

  it("goes on with steps, times, cost and who started it, and says nothing of what is not known", () => {
    const used = { calls: 2, input_tokens: 3_000, output_tokens: 120, cost: 18_000 } as Told["state"]["usage"];
    const line = told({ status: "completed", usage: used }, { endedAt: 1_000, progress: { finished: 3, reachable: 4 }, spent: { working: 800, waiting: 500 }, trigger: "Ana" });
    expect([...verdict(line), ...usage(used), worked(line.spent)]).toEqual(["Done in 1.0 s", "3 of 4 steps", "started by Ana", "3,120 tokens", "$0.018", "0.8 s working"]);
    expect(worked({ working: 0, waiting: 2_000 })).toContain("2.0 s");
    expect(worked(null)).toBe("");
    expect(usage(null)).toEqual([]);
    expect(usage({ calls: 0, input_tokens: 0, output_tokens: 0, cost: null } as Told["state"]["usage"])).toEqual([]);
    expect(verdict(told({ status: "pending" }))).toEqual(["Queued; it begins as soon as a worker is free"]);
  });
});
