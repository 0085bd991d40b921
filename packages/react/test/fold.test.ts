/** Every trace of spec/traces, folded event by event, is what Python's fold says. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../src/core/api.ts";
import type { ExecutionEvent } from "../src/core/events.ts";
import { evolve, fold } from "../src/core/fold.ts";
import { initialState, view } from "../src/core/state.ts";

interface Trace {
  events: ExecutionEvent[];
  states: JsonValue[];
}

const folder = new URL("../../../spec/traces/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

function trace(name: string): Trace {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Trace;
}

describe("the fold", () => {
  it("has traces to be held to", () => {
    expect(names.length).toBeGreaterThanOrEqual(28);
  });

  it.each(names)("%s is what Python makes of it, after every event", (name) => {
    const { events, states } = trace(name);
    expect(states).toHaveLength(events.length);
    const state = initialState();
    events.forEach((event, index) => {
      evolve(state, event);
      expect(view(state), `after event ${event.seq}`).toStrictEqual(states[index]);
    });
  });

  it("says in words who cancelled a run and what was not undone", () => {
    expect(fold(trace("compensation-cancelled.json").events).endedBy).toBe("cancelled by member:Ada (not undone: book)");
  });

  it("keeps of an attempt's steps those that succeeded and are no facts", () => {
    const node = fold(trace("team.json").events).nodes.get("team");
    expect([...(node?.steps.keys() ?? [])]).toEqual(["turn 1 boss", "turn 2 one", "turn 3 boss"]);
  });

  it("keeps nodes apart whose names a plain object could not hold, and in the order of the log", () => {
    const at = "2026-03-01T12:00:00Z";
    const ids = ["__proto__", "2", "1"];
    const began = (node: string, index: number): ExecutionEvent => ({
      seq: index + 1,
      at,
      type: "node_started",
      node,
      data: { node_type: "http" },
    });
    const state = fold(ids.map(began));
    expect([...state.nodes.keys()]).toEqual(ids);
    expect(Object.keys(view(state)["nodes"] as object)).toContain("__proto__");
  });

  it("only moves its head at an event of a newer server", () => {
    const { events } = trace("plain.json");
    const state = fold(events);
    const before = view(state);
    evolve(state, { seq: 99, at: "2026-03-01T12:00:00Z", type: "workflow_admired", node: null, data: {} } as unknown as ExecutionEvent);
    expect(view(state)).toStrictEqual({ ...before, head: 99 });
  });
});
