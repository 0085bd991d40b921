/** Writes src/core/api.ts: the types and routes of the API, taken from spec/openapi.json and nowhere else. */
import { readFileSync, writeFileSync } from "node:fs";

const prefix = "#/components/schemas/";
const spec = JSON.parse(readFileSync(new URL("../../../spec/openapi.json", import.meta.url), "utf8"));
const schemas = spec.components.schemas;
const names = new Map(Object.keys(schemas).map((key) => [key, shortName(key)]));
if (new Set(names.values()).size < names.size) throw new Error("Two schemas of spec/openapi.json would have one name.");

const types = Object.keys(schemas).sort().map(declaration).join("\n");
const head = "/** The types and routes of the API. Written by scripts/api.mjs from spec/openapi.json; not by hand. */";
const text = `${head}\n\n${types}\n${routes()}`;
const target = new URL("../src/core/api.ts", import.meta.url);
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("src/core/api.ts is not what spec/openapi.json says: run `npm run api`.");
    process.exitCode = 1;
  }
} else writeFileSync(target, text);

/** Where two rooms have a class of one name, the description tells them apart by their modules: the last one is enough. */
function shortName(key) {
  const parts = key.split("__");
  return parts.length === 1 ? key : parts.slice(-2).map((part) => part[0].toUpperCase() + part.slice(1)).join("");
}

function declaration(key) {
  const schema = schemas[key];
  const name = names.get(key);
  const said = sentence(schema.description);
  if (name === "JsonValue") {
    return "/** Any JSON value. */\nexport type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };";
  }
  if (!schema.properties) return `${said}export type ${name} = ${type(schema)};`;
  return `${said}export interface ${name} ${members(schema)}`;
}

/** Fields that may be left out are optional here, in what is sent and in what is answered. */
function members(schema) {
  const required = new Set(schema.required ?? []);
  // Every answer says `success`; here the status has said it already.
  const fields = Object.entries(schema.properties).filter(([key]) => key !== "success");
  if (fields.length === 0) return "{}";
  const lines = fields.map(([key, field]) => `  ${property(key)}${required.has(key) ? "" : "?"}: ${type(field)};`);
  return `{\n${lines.join("\n")}\n}`;
}

function property(key) {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function type(schema) {
  if (schema.$ref) return names.get(schema.$ref.slice(prefix.length));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways) return [...new Set(ways.map(type))].join(" | ");
  switch (schema.type) {
    case "string": return schema.format === "binary" || schema.contentMediaType ? "Blob" : "string";
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
  if (schema.prefixItems) return `[${schema.prefixItems.map(type).join(", ")}]`;
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

/** Every route that answers with JSON, with what it takes and what it answers. */
function routes() {
  const lines = Object.entries(spec.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const found = answer(operation);
      const { requestBody } = operation;
      // Files are sent by forms, and MCP has clients of its own.
      const json = found !== null && method !== "head" && path !== "/mcp" && (!requestBody || "application/json" in requestBody.content);
      return json ? [route(`${method.toUpperCase()} ${path}`, operation, found)] : [];
    }),
  );
  return `/** The routes that answer with JSON: what they take in path, query and body, and what they answer. */\nexport interface Routes {\n${lines.sort().join("\n")}\n}\n`;
}

function route(name, { parameters = [], requestBody }, answered) {
  const given = ["path", "query"].flatMap((place) => {
    const fields = parameters.filter((one) => one.in === place);
    if (fields.length === 0) return [];
    const needed = fields.some((one) => one.required) ? "" : "?";
    const inner = fields.map((one) => `${property(one.name)}${one.required ? "" : "?"}: ${taken(one)}`);
    return [`${place}${needed}: { ${inner.join("; ")} }`];
  });
  const body = requestBody?.content["application/json"]?.schema;
  if (body) given.push(`body${requestBody.required ? "" : "?"}: ${type(body)}`);
  return `  ${JSON.stringify(name)}: { ${[...given, `answer: ${answered}`].join("; ")} };`;
}

/** What is not given is not sent, so that whoever calls need not leave it out. */
function taken(parameter) {
  return parameter.required ? type(parameter.schema) : `${type(parameter.schema)} | undefined`;
}

function answer({ responses }) {
  const good = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const answers = good.map(([, response]) => response.content?.["application/json"]?.schema).filter(Boolean);
  return answers.length === 0 ? null : [...new Set(answers.map(type))].join(" | ");
}
