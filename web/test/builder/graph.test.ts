/** What is read off a document: order, neighbours, places, sizes, sentences, the outline. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  absolute, addStep, cardSize, collapse, connect, copied, type Document, downstream, geometryOf, indexed, type JsonObject, noCatalog, outlineOf, paste, placeOf, portPlaces, referencesOf,
  read, readClip, reduce, refusal, remove, selected, sentence, spoken, spotOf, initial, topological, upstream, visibleFrom, walked, write, placed, type Edit,
} from "~/features/builder/model/index.ts";
import { examples, nested } from "./definitions.ts";

const triage = read((examples.find(([path]) => path.includes("support-triage")) ?? ["", {}])[1]);

function after(document: Document, edit: Edit): Document {
  return reduce(reduce(initial, { type: "load", document }), { type: "edit", edit, at: 0 }).document;
}

function line(count: number): Document {
  const nodes = Array.from({ length: count }, (_, index) => ({ id: `n${index}`, type: "transform", config: { value: index } }));
  const edges = nodes.slice(1).map((node, index) => ({ from: `n${index}`, to: node.id }));
  return read({ name: "Line", startNode: "n0", nodes, edges });
}

describe("the graph", () => {
  it("knows what is before and after", () => {
    expect([...upstream(triage, ["page"])].toSorted()).toEqual(["classify", "escalate", "urgent"]);
    expect([...downstream(triage, ["answer"])].toSorted()).toEqual(["outcome", "reply"]);
  });

  it("orders every node after all before it", () => {
    const order = topological(triage, null);
    for (const edge of Object.values(triage.edges)) expect(order.indexOf(edge.spec.from)).toBeLessThan(order.indexOf(edge.spec.to));
    expect(order[0]).toBe("classify");
  });

  it("lets expressions see the nearest first, and out of bodies", () => {
    expect(visibleFrom(triage, "page")).toEqual(["escalate", "urgent", "classify"]);
    expect(visibleFrom(read(nested), "each/after")).toEqual(["each/again", "first"]);
  });

  it("refuses circles, doubles and ways out of a body", () => {
    expect(refusal(triage, "outcome", "out", "classify")).toContain("circle");
    expect(refusal(triage, "classify", "out", "urgent")).toContain("already");
    expect(refusal(read(nested), "first", "out", "each/after")).toContain("body");
    expect(connect("outcome", "out", "classify")(triage)).toBeNull();
  });
});

describe("adding and removing", () => {
  const step = { type: "transform", config: { value: 1 }, title: "Sum up" };

  it("inserts on an edge, moves only what stands in its way, and leads on", () => {
    const edge = Object.values(triage.edges).find((each) => each.spec.from === "escalate" && each.spec.to === "page");
    const made = after(triage, addStep(step, { kind: "edge", edge: edge?.key ?? "" }));
    expect(Object.values(made.edges).map((each) => `${each.spec.from}>${each.spec.to}`)).toEqual(expect.arrayContaining(["escalate>sum_up", "sum_up>page"]));
    expect(spotOf(made, "sum_up").x).toBe(Math.round((spotOf(triage, "escalate").x + 304) / 16) * 16);
    expect(spotOf(made, "classify")).toEqual(spotOf(triage, "classify"));
    expect(spotOf(made, "answer")).toEqual(spotOf(triage, "answer"));
    expect(spotOf(made, "page").x).toBe(spotOf(triage, "page").x + 304);
  });

  it("starts an empty workflow with the first step, also in an empty body", () => {
    const first = after(read({ name: "New", startNode: "start", nodes: [], edges: [] }), addStep({ type: "map", config: { items: [] }, title: "Each" }, { kind: "free", parent: null, at: { x: 0, y: 0 } }));
    const second = after(first, addStep(step, { kind: "free", parent: "each", at: { x: 0, y: 0 } }));
    expect(write(second)).toMatchObject({ startNode: "each", nodes: [{ id: "each", config: { body: { startNode: "sum_up", nodes: [{ id: "sum_up" }] } } }] });
  });

  it("bridges what it deletes, when asked", () => {
    const made = after(triage, remove(selected({ nodes: ["escalate"] }), true));
    const ways = Object.values(made.edges).map((each) => `${each.spec.from} ${JSON.stringify(each.spec["port"])} ${each.spec.to}`);
    expect(ways).toEqual(expect.arrayContaining(['urgent "true" page', 'urgent "true" track']));
    expect(Object.values(after(triage, remove(selected({ nodes: ["classify"] }))).root)).toContain("urgent");
  });

  it("deletes a container with its body", () => {
    expect(Object.keys(after(read(nested), remove(selected({ nodes: ["each"] }))).nodes)).toEqual(["first"]);
  });
});

describe("copies", () => {
  it("have ids of their own, and expressions that name these", () => {
    const clip = readClip(copied(triage, ["escalate", "page"]));
    if (typeof clip === "string") throw new Error(clip);
    const made = after(triage, paste(clip, { parent: null, incoming: true }));
    expect(made.nodes["page_2"]?.spec["config"]).toMatchObject({ params: { text: expect.stringContaining("nodes.escalate_2.output") as string } });
    expect(JSON.stringify(made.nodes["page_2"])).toContain("nodes.classify.output");
    const ways = Object.values(made.edges).map((each) => `${each.spec.from} ${JSON.stringify(each.spec["port"])} ${each.spec.to}`);
    expect(ways).toEqual(expect.arrayContaining(['escalate_2 undefined page_2', 'urgent "true" escalate_2']));
  });

  it("carry their agents into another workflow", () => {
    const clip = readClip(copied(triage, ["classify"]));
    if (typeof clip === "string") throw new Error(clip);
    const made = after(read({ name: "Other", startNode: "start", nodes: [], edges: [] }), paste(clip, { parent: null }));
    expect(write(made)).toMatchObject({ startNode: "classify", agents: [{ id: "triage" }], nodes: [{ id: "classify" }] });
  });

  it("of containers take their bodies with them", () => {
    const document = read(nested);
    const clip = readClip(copied(document, ["each"]));
    if (typeof clip === "string") throw new Error(clip);
    const made = after(document, paste(clip, { parent: null }));
    expect(Object.keys(made.nodes)).toEqual(expect.arrayContaining(["each_2", "each_2/again", "each_2/again/x", "each_2/after"]));
    expect(Object.values(made.edges).filter((edge) => edge.parent === "each_2")).toHaveLength(1);
  });

  it("of anything else are refused in words", () => {
    for (const text of ["", "hello", "{", "nodes: 3", "nodes: []", "- 1", "nodes: [{id: 3}]"]) expect(readClip(text)).toMatch(/^The clipboard holds no/);
  });
});

describe("the drawing", () => {
  it("has cards that grow with their ports, which stand on the right", () => {
    const cases = read({ name: "S", startNode: "s", nodes: [{ id: "s", type: "switch", on_error: "port", config: { value: 1, cases: [1, 2, 3].map((when) => ({ when, port: `c${when}` })) } }] });
    const node = cases.nodes["s"];
    if (node === undefined) throw new Error("no node");
    expect(cardSize(node, noCatalog)).toEqual({ width: 240, height: 80 + 3 * 24 });
    const ports = portPlaces(node, noCatalog);
    expect(ports.map((port) => port.name)).toEqual(["in", "c1", "c2", "c3", "default", "error"]);
    const heights = ports.slice(1).map((port) => port.y);
    expect(heights).toEqual(heights.toSorted((one, other) => one - other));
    for (const [index, y] of heights.slice(1).entries()) expect(y - (heights[index] ?? 0)).toBeGreaterThanOrEqual(20);
  });

  it("frames what a container holds", () => {
    const document = read(nested);
    const { boxes, open } = geometryOf(document, noCatalog);
    expect([...open].toSorted()).toEqual(["each", "each/again"]);
    const [outer, inner] = [boxes.get("each"), boxes.get("each/after")];
    expect((inner?.x ?? 0) + (inner?.width ?? 0)).toBeLessThanOrEqual(outer?.width ?? 0);
    expect((inner?.y ?? 0) + (inner?.height ?? 0)).toBeLessThanOrEqual(outer?.height ?? 0);
    expect(inner?.y).toBeGreaterThanOrEqual(80 + 32);
    const folded = after(document, collapse("each", true));
    expect(geometryOf(folded, noCatalog).boxes.get("each")?.height).toBe(80);
    expect(geometryOf(folded, noCatalog).boxes.has("each/after")).toBe(false);
  });

  it("puts cards without a place side by side, never on each other", () => {
    for (const [, definition] of examples) {
      const bare = read({ ...definition, nodes: (definition["nodes"] as JsonObject[]).map((node) => Object.fromEntries(Object.entries(node).filter(([name]) => name !== "position"))) });
      const boxes = Object.keys(bare.nodes).filter((key) => !key.includes("/")).map((key) => absolute(bare, noCatalog, key));
      for (const [index, one] of boxes.entries())
        for (const other of boxes.slice(index + 1)) {
          if (one === undefined || other === undefined) throw new Error("no box");
          const apart = one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y;
          expect(apart).toBe(true);
        }
    }
  });

  it("walks along the edges and to the siblings", () => {
    expect(walked(triage, noCatalog, "classify", "right")).toBe("urgent");
    expect(walked(triage, noCatalog, "urgent", "right")).toBe("escalate");
    expect(walked(triage, noCatalog, "escalate", "down")).toBe("answer");
    expect(walked(triage, noCatalog, "answer", "up")).toBe("escalate");
    expect(walked(triage, noCatalog, "reply", "left")).toBe("answer");
    expect(walked(triage, noCatalog, "classify", "left")).toBeNull();
    expect(walked(read(nested), noCatalog, "each", "right")).toBe("each/again");
    expect(walked(read(nested), noCatalog, "each/again", "left")).toBe("each");
  });
});

describe("the sentence", () => {
  const slack = { key: "slack", name: "Slack", doc: "", actions: [{ key: "send_message", doc: "Send a message. And more.", effect: "write", scopes: [], verifiable: true, params: { required: ["channel", "text"] }, result: {}, example: {} }] };
  const catalog = indexed({ kinds: [], connectors: [slack], node: {} });
  const of = (key: string, document = triage): string => spoken(sentence(document, document.nodes[key] ?? (() => { throw new Error(key); })(), catalog));

  it("says what the step does", () => {
    expect(of("page")).toMatch(/^Send a message #support-urgent \*/);
    expect(of("classify")).toBe("Ask Triage input.message");
    expect(of("urgent")).toMatch(/^If nodes\.classify\.output\.urgency >= 8/);
  });

  it("tells what is open, and takes a kind that nobody knows by its name", () => {
    const document = read({ name: "W", startNode: "a", nodes: [{ id: "a", type: "integration", config: { integration: "slack", action: "send_message", params: {} } }, { id: "b", type: "constructor", config: {} }] });
    expect(sentence(document, document.nodes["a"] as never, catalog).map((piece) => piece.kind)).toEqual(["word", "open", "open"]);
    expect(of("b", document)).toBe("constructor");
  });
});

describe("the outline", () => {
  it("has every node once and every edge", () => {
    const random = fc.record({ count: fc.integer({ min: 1, max: 14 }), pairs: fc.array(fc.tuple(fc.nat(13), fc.nat(13), fc.constantFrom("out", "true", "error")), { maxLength: 30 }) });
    fc.assert(
      fc.property(random, ({ count, pairs }) => {
        const nodes = Array.from({ length: count }, (_, index) => ({ id: `n${index}`, type: index % 3 === 0 ? "condition" : "transform", config: {} }));
        const edges = pairs.map(([from, to, port]) => ({ from: `n${from % count}`, port, to: `n${to % count}` }));
        const document = read({ name: "W", startNode: "n0", nodes, edges });
        const items = outlineOf(document, noCatalog);
        expect(items.flatMap((item) => (item.kind === "step" ? item.node : [])).toSorted()).toEqual(Object.keys(document.nodes).toSorted());
        const jumps = items.filter((item) => item.kind === "jump").length;
        const number = new Map(items.flatMap((item) => (item.kind === "step" ? [[item.node, item.number]] : [])));
        const before = (from: string, to: string): boolean => (number.get(from) ?? 0) < (number.get(to) ?? 0);
        const hanging = new Set(edges.filter((edge) => before(edge.from, edge.to)).map((edge) => edge.to));
        expect(jumps + hanging.size).toBe(edges.length);
        expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
        expect(items.every((item, index) => item.level - (items[index - 1]?.level ?? 0) <= 1)).toBe(true);
      }),
    );
  });

  it("reads a line as a list and a branch by its ports", () => {
    expect(outlineOf(line(3), noCatalog).map((item) => item.level)).toEqual([1, 1, 1]);
    const told = outlineOf(triage, noCatalog).map((item) => `${"  ".repeat(item.level - 1)}${item.kind} ${item.kind === "step" ? `${item.number} ${item.node}` : item.kind === "port" ? item.port : item.kind === "jump" ? item.target : item.kind === "branch" ? item.index : item.node}`);
    expect(told).toEqual([
      "step 1 classify", "step 2 urgent", "  port true", "    step 3 escalate", "      branch 0", "        step 5 page", "        step 8 outcome", "      branch 1", "        step 6 track",
      "          jump outcome", "  port false", "    step 4 answer", "    step 7 reply", "      jump outcome",
    ]);
  });
});

describe("problems", () => {
  it("are placed at the step, also in bodies, and within it", () => {
    const issue = (pointer: string) => ({ pointer, code: "x", message: "m" });
    const found = placed(read(nested), ["/nodes/0/config/value", "/nodes/1/config/body/nodes/0/config/body/nodes/0/type", "/edges/0/to", "/settings/timeout", "/nodes/1/config/items"].map(issue));
    expect(found.map(({ node, path }) => [node, path.join(" ")])).toEqual([
      ["first", "config value"],
      ["each/again/x", "type"],
      ["first", ""],
      [null, "settings timeout"],
      ["each", "config items"],
    ]);
  });
});

it("keeps places in the layout once a card was moved", () => {
  const document = read(nested);
  expect(placeOf(document, document.nodes["first"] as never)).toEqual({ x: 0, y: 0 });
});

describe("references", () => {
  it("name the step and what is read of it, once, and the nearest of a name", () => {
    const of = (document: Document, key: string) => referencesOf(document, document.nodes[key] as never).map(({ source, path }) => `${source} ${path}`);
    expect(of(triage, "page")).toEqual(["classify output.category", "classify output.urgency", "classify output.summary", "escalate output.text"]);
    expect(of(read(nested), "each/after")).toEqual(["each/again output"]);
    expect(of(read(nested), "first")).toEqual([]);
  });
});
