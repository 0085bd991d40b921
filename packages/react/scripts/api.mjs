/** Writes src/core/api.ts: the types of the API that this package speaks of, taken from spec/openapi.json and nowhere else. */
import { readFileSync, writeFileSync } from "node:fs";

const roots = [
  "ChangedAnswer", "EventsAnswer", "ExecuteAnswer", "ExecuteBody", "ExecutionAnswer", "KeptAnswer", "KeptList",
  "ProblemAnswer", "Said", "WorkflowsAnswer",
];
const prefix = "#/components/schemas/";
const spec = JSON.parse(readFileSync(new URL("../../../spec/openapi.json", import.meta.url), "utf8"));
const schemas = spec.components.schemas;
const needed = new Set();
for (const root of roots) need(root);

const written = [...needed].sort().map(declaration).join("\n");
const text = `/** The types of the API that this package speaks of. Written by scripts/api.mjs from spec/openapi.json; not by hand. */\n\n${written}\n`;
const target = new URL("../src/core/api.ts", import.meta.url);
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("src/core/api.ts is not what spec/openapi.json says: run `npm run api`.");
    process.exitCode = 1;
  }
} else writeFileSync(target, text);

function need(name) {
  if (needed.has(name)) return;
  if (!(name in schemas)) throw new Error(`spec/openapi.json has no schema ${name}.`);
  needed.add(name);
  for (const found of JSON.stringify(schemas[name]).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) need(found[1]);
}

function declaration(name) {
  const schema = schemas[name];
  const said = sentence(schema.description);
  if (name === "JsonValue") {
    return "/** Any JSON value. */\nexport type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };";
  }
  if (!schema.properties) return `${said}export type ${name} = ${type(schema)};`;
  return `${said}export interface ${name} ${members(schema)}`;
}

/** An answer has every field it may have a default for, except those that the server leaves out: those are optional here. */
function members(schema) {
  const required = new Set(schema.required ?? []);
  // Every answer says `success`; here the status has said it already.
  const fields = Object.entries(schema.properties).filter(([key]) => key !== "success");
  const lines = fields.map(([key, field]) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `  ${name}${required.has(key) ? "" : "?"}: ${type(field)};`;
  });
  return `{\n${lines.join("\n")}\n}`;
}

function type(schema) {
  if (schema.$ref) return schema.$ref.slice(prefix.length);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways) return [...new Set(ways.map(type))].join(" | ");
  switch (schema.type) {
    case "string": return "string";
    case "integer":
    case "number": return "number";
    case "boolean": return "boolean";
    case "null": return "null";
    case "array": return list(schema);
    case "object": return record(schema);
    default: return "unknown";
  }
}

function list(schema) {
  const item = type(schema.items ?? {});
  return item.includes(" ") ? `(${item})[]` : `${item}[]`;
}

function record(schema) {
  if (schema.properties) return members(schema);
  const value = typeof schema.additionalProperties === "object" ? type(schema.additionalProperties) : "unknown";
  return `Record<string, ${value}>`;
}

function sentence(description) {
  return description ? `/** ${description.split("\n\n")[0].replace(/\s+/g, " ").replaceAll("*/", "* /")} */\n` : "";
}
