/** A definition survives the builder unchanged. */
import { describe, expect, it } from "vitest";
import { type JsonObject, read, write } from "~/features/builder/model/index.ts";
import { examples, nested, traces } from "./definitions.ts";

describe("reading and writing", () => {
  it("has definitions to try", () => {
    expect(examples.length).toBeGreaterThanOrEqual(4);
    expect(traces.length).toBeGreaterThanOrEqual(20);
  });

  it.each([...examples, ...traces, ["nested", nested]] as [string, JsonObject][])("loses nothing of %s", (_, definition) => {
    expect(write(read(definition))).toEqual(definition);
  });

  it("gives nodes in bodies the ids around them as keys", () => {
    expect(Object.keys(read(nested).nodes).toSorted()).toEqual(["each", "each/after", "each/again", "each/again/x", "first"]);
  });

  it("keeps nodes that share an id, and edges that lead nowhere", () => {
    const wrong = {
      name: "Wrong",
      startNode: "a",
      nodes: [{ id: "a", type: "end", config: {} }, { id: "a", type: "end", config: {} }],
      edges: [{ from: "a", to: "gone" }, { from: "a", to: "gone" }],
    };
    expect(write(read(wrong))).toEqual(wrong);
  });

  it("makes edges of nextNodes, of which a condition's are its true and its false way", () => {
    const older = {
      name: "Older",
      startNode: "ask",
      nodes: [
        { id: "ask", type: "condition", config: { condition: "x" }, nextNodes: ["yes", "no"] },
        { id: "yes", type: "end", config: {}, nextNodes: [] },
        { id: "no", type: "transform", config: {}, nextNodes: ["yes"] },
      ],
    };
    const made = write(read(older));
    expect(Object.values(read(older).edges).map((edge) => edge.spec)).toEqual([
      { from: "ask", port: "true", to: "yes" },
      { from: "ask", port: "false", to: "no" },
      { from: "no", to: "yes" },
    ]);
    expect(JSON.stringify(made["nodes"])).not.toContain("nextNodes");
  });

  it("drops what an answer of the API repeats for older clients", () => {
    const agent = { id: "a", name: "A", provider: "simulated", description: "", type: "specialist", capabilities: [] };
    const answer = {
      name: "W",
      startNode: "n",
      created: "2026-01-01T00:00:00Z",
      updated: "2026-01-01T00:00:00Z",
      agents: [agent],
      nodes: [
        { id: "n", type: "agent", config: { agent: "a" }, agent, nextNodes: ["m"], position: { x: 1, y: 2 } },
        { id: "m", type: "integration", config: { integration: "slack", integrationType: "slack", action: "x", outputVariable: "v" }, output_variable: "v", nextNodes: [] },
      ],
      edges: [{ from: "n", to: "m" }],
      layout: { nodes: { n: { x: 1, y: 2 } } },
    };
    expect(write(read(answer))).toEqual({
      name: "W",
      startNode: "n",
      agents: [agent],
      nodes: [
        { id: "n", type: "agent", config: { agent: "a" } },
        { id: "m", type: "integration", config: { integration: "slack", action: "x" }, output_variable: "v" },
      ],
      edges: [{ from: "n", to: "m" }],
      layout: { nodes: { n: { x: 1, y: 2 } } },
    });
  });
});
