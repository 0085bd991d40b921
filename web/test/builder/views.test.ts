import { describe, expect, it } from "vitest";
import { moved, rowsOf, visible } from "~/features/builder/outline/rows.ts";
import { surroundingsOf } from "~/features/builder/inspector/surroundings.ts";
import { definitionOf, textOf } from "~/features/builder/text/yaml.ts";
import { type JsonObject, noCatalog, outlineOf, read, same, write } from "~/features/builder/model/index.ts";
import { examples, nested, traces } from "./definitions.ts";

const triage = read({
  name: "Triage",
  startNode: "classify",
  nodes: [
    { id: "classify", type: "agent", name: "Read and rate", config: { agent: "a", output_schema: { type: "object", properties: { urgency: { type: "integer", examples: [8] } } } }, output_variable: "rating" },
    { id: "urgent", type: "condition", config: { condition: "{{ true }}" } },
    { id: "page", type: "integration", config: {} },
    { id: "reply", type: "integration", config: {} },
    { id: "outcome", type: "transform", config: { value: 1 } },
  ],
  edges: [
    { from: "classify", to: "urgent" },
    { from: "urgent", port: "true", to: "page" },
    { from: "urgent", port: "false", to: "reply" },
    { from: "page", to: "outcome" },
    { from: "reply", to: "outcome" },
  ],
});

describe("the outline's rows", () => {
  const problem = { issue: { pointer: "", code: "c", message: "m" }, severe: true, node: "reply", path: [] };
  const rows = rowsOf(outlineOf(triage, noCatalog), { document: triage, catalog: noCatalog, problems: [problem], pinned: new Set<string>() });

  it("say each step once, with its number, and where a way joins another", () => {
    expect(rows.filter((row) => row.item.kind === "step").map((row) => row.spoken)).toEqual([
      "1. Read and rate, agent",
      "2. urgent, condition",
      "3. page, integration",
      "5. outcome, transform, joins 2 branches",
      "4. reply, integration, 1 problem",
    ]);
    expect(rows.find((row) => row.item.kind === "jump")?.title).toBe("→ goes to outcome, step 5");
  });

  it("count themselves among their siblings", () => {
    expect(rows.filter((row) => row.item.kind === "port").map((row) => [row.title, row.place, row.size])).toEqual([
      ["When true", 1, 2],
      ["When false", 2, 2],
    ]);
  });

  it("close and open by the arrows, and a closed one hides what is under it", () => {
    const port = rows.findIndex((row) => row.item.kind === "port");
    const shut = moved("ArrowLeft", rows, port, new Set())?.closed ?? new Set<string>();
    const shown = visible(rows, shut);
    expect(shown).toHaveLength(rows.length - (rows[port]?.parts ?? 0));
    expect(moved("ArrowRight", shown, port, shut)?.closed).toEqual(new Set());
    expect(shown[moved("ArrowLeft", shown, port, shut)?.index ?? -1]?.title).toBe("urgent");
  });
});

describe("the workflow as text", () => {
  it("is read back as what it was, for every definition", () => {
    for (const [name, definition] of [...examples, ...traces, ["nested", nested] as const]) {
      const document = read(definition);
      const back = definitionOf(textOf(document));
      expect([name, back.wrong]).toEqual([name, null]);
      expect([name, same(write(read(back.definition as JsonObject)), write(document))]).toEqual([name, true]);
    }
  });

  it("says in one sentence with its line why it cannot be read", () => {
    expect(definitionOf("name: x\nnodes: [").wrong).toMatch(/^line 2: /);
    expect(definitionOf("- a").wrong).toMatch(/list of names with values/);
    expect(definitionOf("name: x\nnodes: [{id: a}]").wrong).toMatch(/each with an id and a type/);
    expect(definitionOf("a: 1\na: 2").wrong).toMatch(/^line 2: /);
  });

  it("does not grow from a few lines of aliases into a large document", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]", ...Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}]`)];
    expect(definitionOf(`${lines.join("\n")}\nnodes: []`).wrong).not.toBeNull();
  });
});

describe("what surrounds a step", () => {
  it("is what comes before it, with an example where nothing has run, and the variables that were kept", () => {
    const around = surroundingsOf(triage, noCatalog, "page", new Map());
    expect(around.upstream.map((node) => [node.id, node.output, node.source])).toEqual([
      ["urgent", true, "example"],
      ["classify", { urgency: 8 }, "example"],
    ]);
    expect(around.vars).toMatchObject({ rating: { urgency: 8 } });
    expect(around.others.map((node) => node.id)).toEqual(["reply", "outcome"]);
  });

  it("takes what was seen before what is made up", () => {
    const around = surroundingsOf(triage, noCatalog, "page", new Map([["classify", { value: { urgency: 3 }, source: "last run" as const }]]));
    expect(around.upstream.at(-1)).toMatchObject({ output: { urgency: 3 }, source: "last run" });
  });
});
