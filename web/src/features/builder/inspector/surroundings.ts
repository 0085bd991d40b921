/** What an expression in a step may refer to, with a value for each: pinned, from a test or a run, else an example made of schemas. */
import type { Surroundings, Source, UpstreamNode } from "../expression/completion.ts";
import { exampleOf, type Schema } from "../form/schema.ts";
import { actionOf, type Catalog, configOf, type DocNode, type Document, isContainer, type Json, type NodeKey, titleOf, visibleFrom } from "../model/index.ts";

/** A value that a step had, by the step's id. */
export interface Sample {
  readonly value: Json;
  readonly source: Source;
}

export type Samples = ReadonlyMap<string, Sample>;

const answered: Json = { text: "The answer.", artifacts: [] };

/** What surrounds the step with this key. Steps of other bodies and steps that come later have no value there, and say why. */
export function surroundingsOf(document: Document, catalog: Catalog, key: NodeKey, samples: Samples): Surroundings {
  const seen = new Set(visibleFrom(document, key));
  const upstream = [...seen].flatMap((each) => known(document.nodes[each], catalog, samples));
  const others = Object.values(document.nodes).filter((node) => !seen.has(node.key) && node.key !== key);
  const node = document.nodes[key];
  return {
    upstream,
    others: others.map((each) => ({ id: each.spec.id, name: titleOf(each), why: why(each, node) })),
    input: samples.get("input")?.value ?? { message: "My card was stolen an hour ago." },
    trigger: samples.get("trigger")?.value ?? null,
    vars: { message: "", user_id: "", session_id: "", ...variables(document, upstream) },
    ...(node?.parent == null ? {} : { item: itemOf(document.nodes[node.parent], samples) }),
  };
}

function known(node: DocNode | undefined, catalog: Catalog, samples: Samples): UpstreamNode[] {
  if (node === undefined) return [];
  const sample = samples.get(node.spec.id);
  const value = sample?.value ?? exampleOutput(node, catalog);
  return [{ id: node.spec.id, name: titleOf(node), output: value, source: sample?.source ?? "example" }];
}

/** What a step gives according to its schema; undefined where nothing says so. */
export function exampleOutput(node: DocNode, catalog: Catalog): Json | undefined {
  const action = actionOf(node, catalog);
  if (action !== undefined) return exampleOf(action.result as Schema);
  const config = configOf(node);
  switch (node.spec.type) {
    case "agent":
    case "team":
      return config["output_schema"] ? exampleOf(config["output_schema"] as Schema) : answered;
    case "condition":
      return true;
    case "transform":
    case "end":
      return config["value"] ?? config["output"];
    case "approval":
      return { decision: "approved", by: "ada", form: {} };
    case "map":
      return [];
    default:
      return undefined;
  }
}

function variables(document: Document, upstream: readonly UpstreamNode[]): Record<string, Json> {
  const outputs = new Map(upstream.map((node) => [node.id, node.output]));
  const named = Object.values(document.nodes).flatMap((node): [string, Json][] => {
    const name = node.spec["output_variable"];
    const value = outputs.get(node.spec.id);
    return typeof name === "string" && value !== undefined ? [[name, value]] : [];
  });
  return Object.fromEntries(named);
}

function itemOf(container: DocNode | undefined, samples: Samples): Json {
  if (container === undefined) return null;
  const seen = samples.get(`${container.spec.id}/item`)?.value;
  if (seen !== undefined) return seen;
  const items = configOf(container)["items"];
  return Array.isArray(items) && items[0] !== undefined ? (items[0] as Json) : null;
}

function why(other: DocNode, node: DocNode | undefined): string {
  if (node !== undefined && other.parent !== node.parent) return `It stands in another body: only ${other.parent === null ? "steps after it" : "that body's own steps"} see it.`;
  return isContainer(other) && node?.parent === other.key ? "This step stands in it." : "It does not come before this step.";
}

/** The values as one object, in which a path is looked up. */
export function scopeOf(around: Surroundings): Json {
  const nodes = Object.fromEntries(around.upstream.flatMap((node) => (node.output === undefined ? [] : [[node.id, { output: node.output }]])));
  const inside = around.item === undefined ? {} : { item: around.item, index: 0 };
  return { nodes, input: around.input, trigger: around.trigger, vars: around.vars, ...inside };
}
