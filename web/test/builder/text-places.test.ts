/** The step that the caret is in is the one that is selected, also in bodies of bodies. */
import { describe, expect, it } from "vitest";
import { read } from "~/features/builder/model/index.ts";
import { placeAt, placesIn } from "~/features/builder/text/places.ts";
import { textOf } from "~/features/builder/text/yaml.ts";
import { examples, nested } from "./definitions.ts";

describe("places in the text", () => {
  it.each([...examples, ["nested", nested] as const])("has every step once, and its id in its first line: %s", (_, definition) => {
    const document = read(definition);
    const text = textOf(document);
    const places = placesIn(text);
    expect(places.map((place) => place.key).toSorted()).toEqual(Object.keys(document.nodes).toSorted());
    for (const { key, from, to } of places) {
      const own = text.slice(from, to);
      expect(own).toMatch(/^\s*- /);
      expect(own).toContain(`id: ${document.nodes[key]?.spec.id ?? ""}`);
      expect(own).not.toMatch(/\n$/);
    }
  });

  it("finds the innermost, and nothing outside of all", () => {
    const text = textOf(read(nested));
    const places = placesIn(text);
    const at = (words: string): string | undefined => placeAt(places, text.indexOf(words))?.key;
    expect([at("id: first"), at("id: each"), at("id: again"), at("id: x"), at("nodes.again.output")]).toEqual(["first", "each", "each/again", "each/again/x", "each/after"]);
    expect([at("name: Nested"), at("timeout")]).toEqual([undefined, undefined]);
  });

  it("reads what it can of a text that is being written", () => {
    const text = 'name: x\nnodes:\n  - id: a\n    type: end\n  - id: b\n    type: "tra';
    expect(placesIn(text).map((place) => place.key)).toEqual(["a", "b"]);
    expect(placesIn("- 1\n- 2")).toEqual([]);
    expect(placesIn("nodes: 3")).toEqual([]);
  });
});
