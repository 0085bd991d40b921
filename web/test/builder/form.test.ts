import { describe, expect, it } from "vitest";
import { fieldsOf } from "~/features/builder/form/fields.ts";
import { exampleOf, type Schema } from "~/features/builder/form/schema.ts";

const schema: Schema = {
  type: "object",
  required: ["channel", "text"],
  $defs: { Any: {}, Part: { type: "object", required: ["type"], properties: { type: { type: "string" }, next: { $ref: "#/$defs/Part" } } } },
  properties: {
    thread_ts: { anyOf: [{ type: "string" }, { type: "null" }], default: null, description: "The thread.", title: "Thread Ts" },
    channel: { type: "string", examples: ["#general"], "x-options": "list_channels", title: "Channel" },
    text: { type: "string", title: "Text" },
    limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
    state: { enum: ["open", "closed"], default: "open" },
    when: { anyOf: [{ type: "string", format: "duration" }, { type: "null" }] },
    labels: { type: "array", items: { type: "string" } },
    parts: { type: "array", items: { $ref: "#/$defs/Part" } },
    extra: { type: "object", additionalProperties: { $ref: "#/$defs/Any" } },
    value: { $ref: "#/$defs/Any", description: "Anything." },
    either: { anyOf: [{ type: "string" }, { type: "integer" }] },
  },
};

describe("fields of a schema", () => {
  const fields = fieldsOf(schema);

  it("come with what is required first", () => {
    expect(fields.map((field) => field.name).slice(0, 3)).toEqual(["channel", "text", "thread_ts"]);
    expect(fields.filter((field) => field.required)).toHaveLength(2);
  });

  it("know what they take", () => {
    const kinds = Object.fromEntries(fields.map((field) => [field.name, field.kind]));
    expect(kinds).toEqual({
      channel: "text", text: "long", thread_ts: "text", limit: "integer", state: "choice", when: "duration", labels: "texts", parts: "list", extra: "map", value: "json", either: "json",
    });
  });

  it("say what may be chosen, what is given without them, and within which bounds", () => {
    expect(fields[0]).toMatchObject({ options: "list_channels", example: "#general", label: "Channel" });
    expect(fields.find((field) => field.name === "thread_ts")).toMatchObject({ label: "Thread ts", nullable: true, help: "The thread.", fallback: null });
    expect(fields.find((field) => field.name === "limit")?.bounds).toMatchObject({ minimum: 1, maximum: 100 });
    expect(fields.find((field) => field.name === "state")?.choices).toEqual(["open", "closed"]);
  });

  it("of a thing that holds itself end", () => {
    const part = fields.find((field) => field.name === "parts");
    expect(part?.fields.map((field) => [field.name, field.kind])).toEqual([["type", "text"], ["next", "object"]]);
  });
});

describe("an example of a schema", () => {
  it("is made of examples, choices and defaults, and ends where the schema goes round", () => {
    expect(exampleOf(schema)).toMatchObject({ channel: "#general", text: "text", limit: 20, state: "open", labels: ["text"], extra: {}, value: null });
  });
});
