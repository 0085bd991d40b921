/** Whatever is done can be undone: random commands, all undone give the first document, all redone the last. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addNote, addStep, apply, connect, copied, disconnect, type Document, type Edit, type EditorState, group, initial, inverse, move, nothing, paste, read, readClip, reduce,
  remove, rename, replaceWith, selected, setField, setNote, setRoot, setStart, ungroup, write,
} from "~/features/builder/model/index.ts";
import { examples, nested } from "./definitions.ts";

interface Dice {
  readonly kind: number;
  readonly one: number;
  readonly two: number;
  readonly text: string;
}

const dice = fc.record({ kind: fc.nat(13), one: fc.nat(1000), two: fc.nat(1000), text: fc.string({ maxLength: 12 }) });

function pick(table: object, number: number): string {
  const keys = Object.keys(table);
  return keys[number % Math.max(1, keys.length)] ?? "none";
}

function command(document: Document, { kind, one, two, text }: Dice): Edit {
  const [a, b] = [pick(document.nodes, one), pick(document.nodes, two)];
  const step = { type: ["transform", "map", "condition"][one % 3] ?? "transform", config: {}, title: text };
  const edits: readonly (() => Edit)[] = [
    () => setField(a, ["config", "value"], text),
    () => rename(a, text),
    () => addStep(step, { kind: "after", source: a, port: "out" }),
    () => addStep(step, { kind: "before", target: a }),
    () => addStep(step, { kind: "edge", edge: pick(document.edges, one) }),
    () => addStep(step, { kind: "free", parent: two % 2 === 0 ? null : (document.nodes[a]?.parent ?? null), at: { x: one, y: two } }),
    () => connect(a, "out", b),
    () => disconnect([pick(document.edges, two)]),
    () => remove(selected({ nodes: one % 2 === 0 ? [a] : [a, b] }), two % 2 === 0),
    () => move({ nodes: new Map([[a, { x: one, y: two }]]) }),
    () => group([a, b], text),
    () => (one % 2 === 0 ? ungroup(document, [], [a]) : addNote({ x: one, y: two }, text)),
    () => (one % 2 === 0 ? setRoot(["description"], text) : one % 3 === 0 ? setStart(a) : setNote("note_1", { text })),
    () => pasted(document, a),
  ];
  return edits[kind]?.() ?? (() => null);
}

function pasted(document: Document, key: string): Edit {
  const clip = readClip(copied(document, [key]));
  return typeof clip === "string" ? () => null : paste(clip, { parent: document.nodes[key]?.parent ?? null, incoming: true });
}

function loaded(definition: Parameters<typeof read>[0]): EditorState {
  return reduce(initial, { type: "load", document: read(definition) });
}

function all(state: EditorState, type: "undo" | "redo"): EditorState {
  const next = reduce(state, { type });
  return next === state ? state : all(next, type);
}

describe("undo", () => {
  it("comes back to the first document, and redo to the last", () => {
    const property = fc.property(fc.array(dice, { minLength: 200, maxLength: 200 }), fc.constantFrom(nested, ...examples.map(([, each]) => each)), (rolls, definition) => {
      const first = loaded(definition);
      const last = rolls.reduce((state, roll, index) => reduce(state, { type: "edit", edit: command(state.document, roll), at: index * 300 }), first);
      expect(last.history.past.length).toBeGreaterThan(40);
      const back = all(last, "undo");
      expect(back.document).toEqual(first.document);
      expect(all(back, "redo").document).toEqual(last.document);
      expect(read(write(last.document))).toBeDefined();
    });
    fc.assert(property, { numRuns: 12 });
  }, 60_000);

  it("brings pending ops that make the server's document the editor's", () => {
    const property = fc.property(fc.array(dice, { maxLength: 60 }), fc.array(fc.nat(5), { maxLength: 60 }), (rolls, ways) => {
      const first = loaded(nested);
      const last = rolls.reduce((state, roll, index) => {
        const way = ways[index] ?? 0;
        return reduce(state, way === 1 ? { type: "undo" } : way === 2 ? { type: "redo" } : { type: "edit", edit: command(state.document, roll), at: index * 200 });
      }, first);
      expect(apply(first.document, last.pending)).toEqual(last.document);
      expect(apply(last.document, inverse(last.pending))).toEqual(first.document);
    });
    fc.assert(property, { numRuns: 60 });
  }, 60_000);

  it("replaces by a text with ops that say exactly that text, and keeps what did not change", () => {
    for (const [, definition] of examples) {
      const state = loaded(nested);
      const next = reduce(state, { type: "edit", edit: replaceWith(definition), at: 0 });
      expect(write(next.document)).toEqual(definition);
      expect(all(next, "undo").document).toEqual(state.document);
    }
  });
});

describe("steps", () => {
  const typed = (state: EditorState, text: string, at: number): EditorState => reduce(state, { type: "edit", edit: setField("first", ["config", "value"], text), at });

  it("join while somebody types, and not after 600 ms or when the field was left", () => {
    const quick = typed(typed(loaded(nested), "a", 0), "ab", 500);
    expect(quick.history.past).toHaveLength(1);
    expect(typed(quick, "abc", 1101).history.past).toHaveLength(2);
    expect(typed(reduce(quick, { type: "rest" }), "abc", 600).history.past).toHaveLength(2);
  });

  it("tell what they are, and select what was selected around them", () => {
    const chosen = reduce(loaded(nested), { type: "select", selection: { nodes: ["first"] } });
    const removed = reduce(chosen, { type: "edit", edit: remove(chosen.selection), at: 0 });
    expect(removed.history.past.at(-1)?.label).toBe("deletion of first");
    expect(removed.selection.nodes).toEqual(["each"]);
    const back = reduce(removed, { type: "undo" });
    expect(back.selection).toEqual({ ...nothing, nodes: ["first"] });
    expect(reduce(back, { type: "redo" }).selection.nodes).toEqual(["each"]);
  });

  it("are at most 200, and of at most four megabytes", () => {
    const many = Array.from({ length: 250 }).reduce<EditorState>((state, _, index) => typed(state, String(index), index * 1000), loaded(nested));
    expect(many.history.past).toHaveLength(200);
    const large = Array.from({ length: 20 }).reduce<EditorState>((state, _, index) => typed(state, String(index).repeat(300_000), index * 1000), loaded(nested));
    expect(large.history.past.length).toBeLessThan(10);
    expect(large.history.past.length).toBeGreaterThan(0);
  });

  it("that meet what somebody else changed can no longer be undone, others can", () => {
    const own = reduce(typed(loaded(nested), "mine", 0), { type: "edit", edit: rename("each", "Each"), at: 2000 });
    const merged = reduce(own, { type: "merge", ops: [{ path: ["nodes", "first", "spec", "config", "value"], before: "mine", after: "theirs" }] });
    expect(merged.history.past.map((step) => step.label)).toEqual(["renaming of each"]);
    expect(write(reduce(merged, { type: "undo" }).document)).toMatchObject({ nodes: [{ config: { value: "theirs" } }, { id: "each" }] });
  });

  it("stay when a draft was saved", () => {
    const changed = typed(loaded(nested), "x", 0);
    const saved = reduce(changed, { type: "saved", count: changed.pending.length });
    expect(saved.pending).toEqual([]);
    expect(reduce(saved, { type: "undo" }).pending).toHaveLength(1);
  });
});
