/** What is different in a text is marked between whole words, and nothing of either text is lost. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parted } from "~/features/builder/compare/parted.ts";
import { titled } from "~/features/builder/compare/words.ts";

describe("two texts", () => {
  it("are put together again of what is the same and what is not", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "ä", "\n", "."), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { start, before: old, after: now, end } = parted(before, after);
        expect([start + old + end, start + now + end]).toEqual([before, after]);
      }),
    );
  });

  it.each([
    ["as before", "as never before", ["as ", "", "never ", "before"]],
    ["eastern", "western", ["", "eastern", "western", ""]],
    ["same", "same", ["same", "", "", ""]],
    ["one two", "one three two", ["one ", "", "three ", "two"]],
    ["5 minutes", "15 minutes", ["", "5", "15", " minutes"]],
  ])("%s and %s are cut between words", (before, after, parts) => {
    const cut = parted(before, after);
    expect([cut.start, cut.before, cut.after, cut.end]).toEqual(parts);
  });
});

describe("a setting", () => {
  it("is called what people call it", () => {
    const of = (key: string): string => titled({ id: "", kind: "setting", mark: "changed", key, title: key, fields: [], moved: false });
    expect(["name", "startNode", "settings", "agents/a/b", "triggers/t", "own"].map(of)).toEqual(["Name", "First step", "Settings of runs", "Agent a/b", "Trigger t", "own"]);
  });
});
