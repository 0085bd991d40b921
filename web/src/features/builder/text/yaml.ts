/** A workflow as YAML and back. */
import { parseDocument, stringify } from "yaml";
import { text as words } from "~/lib/strings/outline.ts";
import { type Document, type JsonObject, write } from "../model/index.ts";

const order = ["id", "name", "description", "startNode", "agents", "nodes", "edges", "triggers", "settings"];

/** As it is exported: names in the order in which people read them, long texts in lines of their own. */
export function textOf(document: Document): string {
  const whole = write(document);
  const names = [...order.filter((name) => name in whole), ...Object.keys(whole).filter((name) => !order.includes(name))];
  return stringify(Object.fromEntries(names.map((name) => [name, whole[name]])), { lineWidth: 100, aliasDuplicateObjects: false });
}

export type Read = { readonly definition: JsonObject; readonly wrong: null } | { readonly definition: null; readonly wrong: string };

/**
 * The definition that a text holds, or in one sentence why there is none, with its line.
 *
 * Aliases are followed a bounded number of times, so that a small text cannot become a large document. What a workflow may say is
 * the server's to judge; here only its shape is asked for, without which there is nothing to draw.
 */
export function definitionOf(text: string): Read {
  const parsed = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const error = parsed.errors[0];
  if (error !== undefined) return no(`${words.line(error.linePos?.[0].line ?? 1)}: ${error.message.split("\n")[0]?.replace(/ at line.*$/, "") ?? ""}`);
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: 100 });
  } catch (failure) {
    return no(failure instanceof Error ? failure.message : words.notWorkflow);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return no(words.notWorkflow);
  const definition = value as JsonObject;
  return isSteps(definition["nodes"]) ? { definition, wrong: null } : no(words.nodeless);
}

function no(wrong: string): Read {
  return { definition: null, wrong };
}

function isSteps(nodes: unknown): boolean {
  return Array.isArray(nodes) && nodes.every((node: unknown) => typeof node === "object" && node !== null && "id" in node && "type" in node && typeof node.id === "string" && typeof node.type === "string");
}
