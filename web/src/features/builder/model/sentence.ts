/** What a step does in one line: words, values that are filled in, and what is still open. */
import { builder as say } from "~/lib/strings/builder.ts";
import { actionOf, type Catalog } from "./catalog.ts";
import { configOf, type DocNode, type Document } from "./document.ts";
import { asObject, asText, isList, isObject, type Json, type JsonObject } from "./json.ts";

export interface Piece {
  readonly kind: "word" | "value" | "open";
  readonly text: string;
}

const longest = 40;

export function sentence(document: Document, node: DocNode, catalog: Catalog): Piece[] {
  const action = actionOf(node, catalog);
  const config = configOf(node);
  if (action !== undefined) return ofAction(action.doc, action.params, asObject(config["params"]));
  if (node.spec.type === "integration") return [open(config["integration"] === undefined ? say.sentence.chooseApp : say.sentence.unknownAction)];
  const made = Object.hasOwn(kinds, node.spec.type) ? kinds[node.spec.type]?.(config, document) : undefined;
  return made ?? [word(firstSentence(catalog.kinds.get(node.spec.type)?.doc ?? node.spec.type))];
}

export function spoken(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.text).join(" ");
}

/** The docstring's first sentence, then up to two of the fields that have to be filled in; `x-sentence` says it otherwise. */
function ofAction(doc: string, schema: JsonObject, params: JsonObject): Piece[] {
  const pattern = asText(schema["x-sentence"]);
  if (pattern !== undefined) return patterned(pattern, params);
  const required = (isList(schema["required"]) ? schema["required"] : []).filter((name): name is string => typeof name === "string");
  return [word(firstSentence(doc)), ...required.slice(0, 2).map((name) => field(name, params[name]))];
}

function patterned(pattern: string, params: JsonObject): Piece[] {
  return pattern.split(/(\{\w+\})/).flatMap((part): Piece[] => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) return [field(name, params[name])];
    return part.trim() === "" ? [] : [word(part.trim())];
  });
}

const one = (text: string, name: string) => (config: JsonObject): Piece[] => [word(text), field(name, config[name])];
const words = say.sentence;

const kinds: Readonly<Record<string, (config: JsonObject, document: Document) => Piece[]>> = {
  agent: (config, document) => [word(words.ask), agentName(document, config["agent"]), ...(config["message"] === undefined ? [] : [value(config["message"])])],
  team: one(words.team, "task"),
  condition: one(words.if, "condition"),
  switch: one(words.by, "value"),
  transform: one(words.build, "value"),
  http: (config) => [word(asText(config["method"]) ?? "GET"), field("url", config["url"])],
  map: one(words.forEach, "items"),
  loop: one(words.until, "until"),
  subworkflow: one(words.run, "workflow"),
  delay: (config) => (config["until"] === undefined ? one(words.waitFor, "duration")(config) : one(words.waitUntil, "until")(config)),
  wait: (config) => (config["event"] === undefined ? [word(words.waitCall)] : one(words.waitEvent, "event")(config)),
  approval: one(words.approve, "title"),
  code: () => [word(words.code)],
  end: (config) => (config["error"] === undefined ? [word(words.end)] : one(words.endBadly, "error")(config)),
};

function agentName(document: Document, id: Json | undefined): Piece {
  const agents = document.root["agents"];
  const found = isList(agents) ? agents.filter(isObject).find((agent) => agent["id"] === id) : undefined;
  const name = asText(found?.["name"]) ?? asText(id);
  return name === undefined || name === "" ? open(say.sentence.anAgent) : { kind: "value", text: name };
}

function field(name: string, given: Json | undefined): Piece {
  return given === undefined || given === null || given === "" ? open(name.replaceAll("_", " ")) : value(given);
}

function value(given: Json): Piece {
  const text = typeof given === "string" ? given : (JSON.stringify(given) ?? "");
  const short = text.replaceAll(/\s+/g, " ").replaceAll(/^\{\{\s*|\s*\}\}$/g, "").trim();
  return { kind: "value", text: short.length > longest ? `${short.slice(0, longest)}…` : short };
}

function word(text: string): Piece {
  return { kind: "word", text };
}

function open(text: string): Piece {
  return { kind: "open", text };
}

/** Without its full stop. */
export function firstSentence(doc: string): string {
  return (doc.trim().split(/\n\s*\n|(?<=[.;])\s/)[0] ?? "").replaceAll(/\s+/g, " ").replace(/[.;]$/, "");
}
