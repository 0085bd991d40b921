/** What is different between two documents: nothing where nothing is, and enough to make one of the other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addNote, addStep, apply, connect, type Difference, differenceOf, disconnect, type Document, type Edit, geometryOf, type JsonObject, move, noCatalog, read, remove, rename, selected, setField, setRoot, settled, unchanged, write,
} from "~/features/builder/model/index.ts";
import { summary } from "~/features/builder/compare/words.ts";
import { examples, nested } from "./definitions.ts";

const roll = fc.record({ kind: fc.nat(8), one: fc.nat(500), two: fc.nat(500), text: fc.stringMatching(/^[a-z ]{1,8}$/) });
type Roll = typeof roll extends fc.Arbitrary<infer T> ? T : never;

function command(document: Document, { kind, one, two, text }: Roll): Edit {
  const keys = Object.keys(document.nodes);
  const [a = "", b = ""] = [keys[one % keys.length], keys[two % keys.length]];
  const edges = Object.keys(document.edges);
  const edits: (() => Edit)[] = [
    () => setField(a, ["config", "value"], text),
    () => rename(a, text),
    () => addStep({ type: one % 2 === 0 ? "transform" : "loop", config: {}, title: text }, { kind: "after", source: a, port: "out" }),
    () => addNote({ x: one, y: two }),
    () => connect(a, "out", b),
    () => disconnect([edges[two % Math.max(1, edges.length)] ?? ""]),
    () => remove(selected({ nodes: [a] }), two % 2 === 0),
    () => move({ nodes: new Map([[a, { x: one, y: two }]]) }),
    () => setRoot(one % 2 === 0 ? ["agents"] : ["settings", "timeout"], one % 2 === 0 ? [{ id: text, name: text, provider: "simulated" }] : text),
  ];
  return edits[kind]?.() ?? (() => null);
}

function changed(document: Document, rolls: readonly Roll[]): Document {
  return rolls.reduce((now, each) => apply(now, command(now, each)(now)?.ops ?? []), document);
}

const start = settled(read(nested));

/** The parts after, made of those before and of what the difference says. */
function patched({ before, after, changes }: Difference): { nodes: Record<string, unknown>; edges: Record<string, unknown> } {
  const table = (kind: "step" | "way", name: "nodes" | "edges"): Record<string, unknown> => {
    const parts: Record<string, unknown> = Object.fromEntries(Object.entries(before[name]).map(([key, part]) => [key, part.spec]));
    for (const change of changes.filter((each) => each.kind === kind)) {
      if (change.mark === "removed") delete parts[change.key];
      else if (change.mark === "added") parts[change.key] = after[name][change.key]?.spec;
      else for (const field of change.fields) parts[change.key] = put(parts[change.key], field.path, field.after);
    }
    return parts;
  };
  return { nodes: table("step", "nodes"), edges: table("way", "edges") };
}

function put(value: unknown, path: readonly string[], after: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return after;
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown> | undefined) };
  const made = put(copy[name], rest, after);
  if (made === undefined) delete copy[name];
  else copy[name] = made;
  return copy;
}

const specs = (table: Readonly<Record<string, { spec: unknown }>>): Record<string, unknown> => Object.fromEntries(Object.entries(table).map(([key, { spec }]) => [key, spec]));

/** Without places that older documents hold in their nodes. */
const placeless = (parts: { nodes: Record<string, unknown>; edges: Record<string, unknown> }): unknown => JSON.parse(JSON.stringify(parts, (name, value: unknown) => (name === "position" ? undefined : value)));

describe("the difference of two documents", () => {
  it.each(examples)("is nothing between a file and itself: %s", (_, definition) => {
    const document = read(definition);
    expect(differenceOf(document, read(write(document))).changes).toEqual([]);
    expect(differenceOf(document, document).union).toBe(document);
  });

  it("makes of the one the other, whatever was done between", () => {
    fc.assert(
      fc.property(fc.array(roll, { maxLength: 12 }), fc.array(roll, { maxLength: 12 }), (first, more) => {
        const before = changed(start, first);
        const after = changed(before, more);
        const found = differenceOf(before, after);
        expect(placeless(patched(found))).toEqual(placeless({ nodes: specs(after.nodes), edges: specs(after.edges) }));
      }),
      { numRuns: 200 },
    );
  });

  it("names the same parts from the other side, added for removed", () => {
    const turned = { added: "removed", removed: "added", changed: "changed", moved: "moved" } as const;
    fc.assert(
      fc.property(fc.array(roll, { maxLength: 12 }), fc.array(roll, { maxLength: 12 }), (one, other) => {
        const [a, b] = [changed(start, one), changed(start, other)];
        const there = differenceOf(a, b).changes.map(({ id, mark }) => `${id} ${mark}`);
        const back = differenceOf(b, a).changes.map(({ id, mark }) => `${id} ${turned[mark]}`);
        expect(there.toSorted()).toEqual(back.toSorted());
      }),
      { numRuns: 100 },
    );
  });

  it("draws everything of both, and no ghost lies on a card", () => {
    fc.assert(
      fc.property(fc.array(roll, { maxLength: 12 }), (more) => {
        const after = changed(start, more);
        const { union } = differenceOf(start, after);
        expect(Object.keys(union.nodes).toSorted()).toEqual([...new Set([...Object.keys(start.nodes), ...Object.keys(after.nodes)])].toSorted());
        expect(Object.keys(union.edges)).toEqual(expect.arrayContaining([...Object.keys(start.edges), ...Object.keys(after.edges)]));
        expect([...geometryOf(union, noCatalog).boxes.values()].every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
      }),
      { numRuns: 100 },
    );
    const only = (id: string): JsonObject => ({ name: "n", nodes: [{ id, type: "transform", config: {} }], edges: [], layout: { nodes: { [id]: { x: 10, y: 20 } } } });
    const { union } = differenceOf(read(only("old")), read(only("new")));
    const [ghost, card] = [union, union].map((document, index) => geometryOf(document, noCatalog).boxes.get(index === 0 ? "old" : "new"));
    expect(ghost?.y).toBeGreaterThanOrEqual((card?.y ?? 0) + (card?.height ?? 0));
  });

  it("tells what was done to a step field by field, and a move apart from it", () => {
    const after = changed(start, []);
    const edits = [setField("first", ["config", "value"], "new"), rename("first", "First"), move({ nodes: new Map([["each", { x: 900, y: 5 }]]) }), setRoot(["settings", "timeout"], "PT2H"), addNote({ x: 0, y: 0 })];
    const done = edits.reduce((now, each) => apply(now, each(now)?.ops ?? []), after);
    const { changes, nodes } = differenceOf(start, done);
    expect(changes.map(({ id, mark }) => [id.split(" ")[0], mark])).toEqual([["step", "changed"], ["step", "moved"], ["setting", "changed"], ["note", "added"]]);
    expect(changes[0]?.fields).toEqual([{ path: ["config", "value"], before: [1, 2], after: "new" }, { path: ["name"], before: undefined, after: "First" }]);
    expect(changes[2]).toMatchObject({ key: "settings", fields: [{ path: ["timeout"], before: "PT1H", after: "PT2H" }] });
    expect([...nodes]).toEqual([["first", "changed"], ["each", "moved"]]);
    expect(summary(changes)).toBe("1 step changed, 1 step moved, 1 setting changed, 1 note added");
  });

  it("says nothing of places that nobody gave, of order, and of a port's usual name", () => {
    const flow = (nodes: JsonObject[], port?: string): Document => read({ name: "n", nodes, edges: [{ from: "a", to: "b", ...(port === undefined ? {} : { port }) }] });
    const [a, b] = [{ id: "a", type: "transform" }, { id: "b", type: "end" }];
    expect(differenceOf(flow([a, b]), settled(flow([b, a], "out"))).changes).toEqual([]);
    expect(summary([])).toBe("Nothing is different");
  });

  it("shows all of a step that is the same, and nothing of one that is not or is not there", () => {
    const after = apply(start, rename("first", "First")(start)?.ops ?? []);
    const found = differenceOf(start, after);
    const field = (after: unknown, ...path: string[]): object => ({ path, before: undefined, after });
    expect(unchanged(found, "step each/again/x")).toEqual({ title: "x", fields: [field("x", "id"), field("transform", "type"), field(1, "config", "value")] });
    expect([unchanged(found, "step first"), unchanged(found, "step nobody"), unchanged(found, "way x"), unchanged(found, null)]).toEqual([null, null, null, null]);
  });

  it("is counted in few words", () => {
    const after = apply(start, remove(selected({ nodes: ["first"] }), false)(start)?.ops ?? []);
    expect(summary(differenceOf(start, after).changes)).toMatch(/^1 step removed, 1 connection removed/);
  });
});
