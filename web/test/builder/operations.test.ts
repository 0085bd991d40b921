/** What is sent to the server makes its draft the editor's: held against a reading of the rules of its operations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addStep, apply, connect, disconnect, type Document, type Edit, type JsonObject, move, type Operation, operations, read, remove, rename, selected, setField, setRoot, write,
} from "~/features/builder/model/index.ts";
import { conflicting, decided, theirOps } from "~/features/builder/page/merging.ts";
import { examples, nested } from "./definitions.ts";

type Loose = Record<string, unknown>;

/** The server's rules (core/documents/operations.py) in few words: named parts, edges by their ends, everything else by path. */
function done(definition: JsonObject, ops: readonly Operation[]): Loose {
  const work = structuredClone(definition) as Loose;
  for (const op of ops) at(work, op.path.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")), op);
  return work;
}

function at(scope: Loose, path: string[], op: Operation): void {
  const [kind = "", name = "", ...rest] = path;
  const parts = (of: string): Loose[] => (scope[of] ??= []) as Loose[];
  if (kind === "order") scope["nodes"] = parts("nodes").toSorted((one, other) => (op.after as string[]).indexOf(String(one["id"])) - (op.after as string[]).indexOf(String(other["id"])));
  else if (kind === "edges") {
    const [port, to] = rest;
    scope["edges"] = parts("edges").filter((edge) => edge["from"] !== name || (edge["port"] ?? "out") !== port || edge["to"] !== to);
    if (op.after !== undefined) parts("edges").push(op.after as Loose);
  } else if (["nodes", "agents", "triggers"].includes(kind) && name !== "") part(parts(kind), name, rest, op);
  else put(scope, path, op);
}

function part(list: Loose[], id: string, rest: string[], op: Operation): void {
  const place = list.findIndex((each) => each["id"] === id);
  const there = list[place];
  if (rest.length === 0) list.splice(place < 0 ? list.length : place, place < 0 ? 0 : 1, ...(op.after === undefined ? [] : [op.after as Loose]));
  else if (there === undefined) throw new Error(`no ${id}`);
  else if (rest[0] === "config" && rest[1] === "body" && ["nodes", "edges", "order"].includes(rest[2] ?? "")) at((there["config"] as Loose)["body"] as Loose, rest.slice(2), op);
  else put(there, rest, op);
}

function put(container: Loose, path: string[], op: Operation): void {
  const last = path.at(-1) ?? "";
  const inner = path.slice(0, -1).reduce((here, token) => (here[token] ??= {}) as Loose, container);
  if (op.after === undefined) delete inner[last];
  else inner[last] = op.after;
}

/** Where edges come in another order nothing is different. */
function sorted(definition: Loose): Loose {
  const text = JSON.stringify(definition, (name, value: unknown) => (name === "edges" && Array.isArray(value) ? (value.length === 0 ? undefined : value.map((each) => JSON.stringify(each)).toSorted()) : value));
  return JSON.parse(text) as Loose;
}

const roll = fc.record({ kind: fc.nat(8), one: fc.nat(500), two: fc.nat(500), text: fc.stringMatching(/^[a-z ]{1,8}$/) });

function command(document: Document, { kind, one, two, text }: { kind: number; one: number; two: number; text: string }): Edit {
  const keys = Object.keys(document.nodes);
  const [a = "", b = ""] = [keys[one % keys.length], keys[two % keys.length]];
  const edges = Object.keys(document.edges);
  const step = { type: one % 2 === 0 ? "transform" : "loop", config: {}, title: text };
  const edits: (() => Edit)[] = [
    () => setField(a, ["config", "value"], text),
    () => rename(a, text),
    () => addStep(step, { kind: "after", source: a, port: "out" }),
    () => addStep(step, { kind: "free", parent: two % 2 === 0 ? null : (document.nodes[a]?.parent ?? null), at: { x: one, y: two } }),
    () => connect(a, "out", b),
    () => disconnect([edges[two % Math.max(1, edges.length)] ?? ""]),
    () => remove(selected({ nodes: [a] }), two % 2 === 0),
    () => move({ nodes: new Map([[a, { x: one, y: two }]]) }),
    () => setRoot(one % 2 === 0 ? ["agents"] : ["settings", "timeout"], one % 2 === 0 ? [{ id: text, name: text, provider: "simulated" }] : text),
  ];
  return edits[kind]?.() ?? (() => null);
}

function changed(document: Document, rolls: readonly Parameters<typeof command>[1][]): Document {
  return rolls.reduce((now, each) => apply(now, command(now, each)(now)?.ops ?? []), document);
}

describe("operations", () => {
  it("make the server's draft the editor's, whatever was done", () => {
    fc.assert(
      fc.property(fc.array(roll, { minLength: 1, maxLength: 40 }), fc.constantFrom(nested, ...examples.map(([, each]) => each)), (rolls, definition) => {
        const before = read(definition);
        const after = changed(before, rolls);
        expect(sorted(done(write(before), operations(before, after)))).toEqual(sorted(write(after) as Loose));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it("are none where nothing changed, and one for a field", () => {
    const document = read(nested);
    expect(operations(document, document)).toEqual([]);
    const after = apply(document, setField("each/again/x", ["config", "value"], 2)(document)?.ops ?? []);
    expect(operations(document, after)).toEqual([{ path: "/nodes/each/config/body/nodes/again/config/body/nodes/x/config/value", after: 2 }]);
  });

  it("escape what ids may hold", () => {
    const document = read({ name: "W", startNode: "a/b~c", nodes: [{ id: "a/b~c", type: "end", config: {} }] });
    const key = Object.keys(document.nodes)[0] ?? "";
    const after = apply(document, rename(key, "N")(document)?.ops ?? []);
    expect(operations(document, after)).toEqual([{ path: "/nodes/a~1b~0c/name", after: "N" }]);
  });
});

describe("merging", () => {
  const base = read(nested);
  const after = (edit: Edit): Document => apply(base, edit(base)?.ops ?? []);

  it("puts changes of different places together", () => {
    const own = setField("first", ["config", "value"], "mine")(base)?.ops ?? [];
    const theirs = theirOps(base, write(after(rename("each", "Theirs"))));
    expect(conflicting(own, theirs)).toBe(false);
    expect(write(apply(apply(base, own), theirs))).toMatchObject({ nodes: [{ config: { value: "mine" } }, { name: "Theirs" }] });
  });

  it("asks where both changed the same, or where what one changed is gone", () => {
    const own = setField("first", ["config", "value"], "mine")(base)?.ops ?? [];
    expect(conflicting(own, theirOps(base, write(after(setField("first", ["config", "value"], "theirs")))))).toBe(true);
    expect(conflicting(own, theirOps(base, write(after(remove(selected({ nodes: ["first"] }))))))).toBe(true);
  });

  it("does not ask about places of cards", () => {
    const own = move({ nodes: new Map([["each", { x: 9, y: 9 }]]) })(base)?.ops ?? [];
    expect(conflicting(own, theirOps(base, write(after(move({ nodes: new Map([["each", { x: 500, y: 9 }]]) })))))).toBe(false);
  });

  it("does what the person decided", () => {
    const own = [...(setField("first", ["config", "value"], "mine")(base)?.ops ?? []), ...(rename("each", "Mine too")(base)?.ops ?? [])];
    const definition = write(after(setField("first", ["config", "value"], "theirs")));
    const conflict = { definition, rev: 2, theirs: theirOps(base, definition) };
    expect(write(decided(conflict, own, "mine").document)).toMatchObject({ nodes: [{ config: { value: "mine" } }, { name: "Mine too" }] });
    const kept = decided(conflict, own, "theirs");
    expect(write(kept.document)).toMatchObject({ nodes: [{ config: { value: "theirs" } }, { name: "Mine too" }] });
    expect(kept.pending).toHaveLength(1);
  });
});
