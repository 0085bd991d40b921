import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { complete, type Surroundings } from "~/features/builder/expression/completion.ts";
import { plainPath, valueAt, written } from "~/features/builder/expression/paths.ts";
import { previewed } from "~/features/builder/expression/preview.ts";
import { expressionAt, isWhole, pieces } from "~/features/builder/expression/template.ts";

const around: Surroundings = {
  upstream: [
    { id: "urgent", name: "Cannot wait?", output: true, source: "last run" },
    { id: "classify", name: "Read and rate", output: { urgency: 8, category: "card", "due date": null, tags: [{ name: "a" }] }, source: "example" },
  ],
  others: [{ id: "reply", name: "Send the answer", why: "It runs after this step." }],
  input: { message: "My card was stolen." },
  trigger: null,
  vars: {},
};

function offered(source: string): readonly string[] {
  return complete(source, source.length, around).suggestions.map((each) => each.label);
}

describe("where expressions are", () => {
  it("is told by braces, and strings and brackets may hold braces", () => {
    const text = 'a {{ get(input, "}}") }} b {{ {"x": {}} }}';
    const found = pieces(text).map((piece) => [piece.kind, text.slice(piece.from, piece.to)]);
    expect(found).toEqual([["text", "a "], ["expression", ' get(input, "}}") '], ["text", " b "], ["expression", ' {"x": {}} ']]);
  });

  it("an expression that is not closed yet goes to the end", () => {
    expect(pieces("Hi {{ input.na")).toEqual([
      { kind: "text", from: 0, to: 3, closed: true },
      { kind: "expression", from: 5, to: 14, closed: false },
    ]);
    expect(expressionAt("Hi {{ input.na", 14)?.from).toBe(5);
    expect(expressionAt("Hi {{ input }} x", 16)).toBeNull();
  });

  it("no text is lost and nothing throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const closed = pieces(text);
        const length = closed.reduce((sum, piece) => sum + piece.to - piece.from + (piece.kind === "text" ? 0 : piece.closed ? 4 : 2), 0);
        expect(length).toBe(text.length);
      }),
    );
  });
});

describe("paths", () => {
  it("are read as the server reads them", () => {
    expect(plainPath(' nodes.classify.output["due date"][0] ')).toEqual(["nodes", "classify", "output", "due date", 0]);
    for (const other of ["input.a + 1", "len(input)", "nobody.a", "input.a.", "input..a", "input[x]", ""]) expect(plainPath(other)).toBeNull();
  });

  it("what is written is read back", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.nat(50))), (steps) => {
        expect(plainPath(`input${written(steps)}`)).toEqual(["input", ...steps]);
      }),
    );
  });

  it("read own properties only", () => {
    expect(valueAt({ a: [1] }, ["a", 0])).toBe(1);
    for (const steps of [["constructor"], ["__proto__"], ["a", "length"], ["a", 5]]) expect(valueAt({ a: [1] }, steps)).toBeUndefined();
  });
});

describe("completion", () => {
  it("offers what comes before, nearest first, and later steps last with the reason", () => {
    const all = complete("", 0, around).suggestions;
    expect(all.slice(0, 3).map((each) => each.label)).toEqual(["nodes.urgent.output", "nodes.classify.output", "input"]);
    expect(all.at(-1)).toMatchObject({ label: "nodes.reply.output", disabled: "It runs after this step." });
  });

  it("goes into values, and writes names that are no words as they have to be written", () => {
    expect(offered("nodes.classify.output.")).toEqual(["urgency", "category", "due date", "tags"]);
    const found = complete("nodes.classify.output.du", 24, around);
    expect([found.from, found.suggestions[0]?.insert]).toEqual([21, '["due date"]']);
    expect(offered("nodes.classify.output.tags[0].")).toEqual(["name"]);
    expect(offered("1 + nodes.classify.output.ur")).toEqual(["urgency"]);
  });

  it("finds a step by the last part of its name", () => {
    expect(offered("class")[0]).toBe("nodes.classify.output");
    expect(offered("nodes.cl")[0]).toBe("nodes.classify.output");
  });

  it("never throws and replaces only what was typed", () => {
    fc.assert(
      fc.property(fc.string(), (source) => {
        const found = complete(source, source.length, around);
        expect(found.from).toBeLessThanOrEqual(found.to);
        expect(found.to).toBe(source.length);
      }),
    );
  });
});

describe("the preview", () => {
  const scope = { input: { name: "Ada", n: 2, list: [1], no: null } };

  it("keeps the type of a text that is one expression", () => {
    expect(isWhole("{{ input.n }}")).toBe(true);
    expect(previewed("{{ input.n }}", scope)).toEqual({ kind: "value", value: 2 });
    expect(previewed("{{ input.no }}", scope)).toEqual({ kind: "value", value: null });
    expect(previewed("Dear {{ input.name }}, {{ input.n }}", scope)).toEqual({ kind: "value", value: "Dear Ada, 2" });
  });

  it("says which path has no value, and leaves the rest to the server", () => {
    expect(previewed("{{ input.nme }}", scope)).toEqual({ kind: "missing", path: "input.nme" });
    for (const text of ["{{ input.n + 1 }}", "x {{ input.list }}", "x {{ input.no }}", "{{ now }}", "{{ input.n"]) expect(previewed(text, scope)).toEqual({ kind: "server" });
  });
});
