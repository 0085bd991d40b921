/** What may come next in an expression: only what has a value where it stands, nearest step first, each with type and sample. */
import type { Json } from "../model/index.ts";
import { type Step, valueAt, written } from "./paths.ts";

/** Where a sample value comes from, most trusted first. */
export type Source = "pinned" | "last test" | "last run" | "example";

export interface UpstreamNode {
  readonly id: string;
  readonly name: string;
  readonly output: Json | undefined;
  readonly source: Source;
}

/** What an expression at one place of the workflow may refer to. */
export interface Surroundings {
  /** The nodes before it, nearest first. */
  readonly upstream: readonly UpstreamNode[];
  /** The others, which have no value when it is evaluated, each with the reason. */
  readonly others: readonly { readonly id: string; readonly name: string; readonly why: string }[];
  readonly input: Json;
  readonly trigger: Json;
  readonly vars: Json;
  /** Inside a body: the item and its index; else undefined. */
  readonly item?: Json;
}

export interface Suggestion {
  /** What is shown. */
  readonly label: string;
  /** What is written in the place of `from … to`. */
  readonly insert: string;
  readonly type: string;
  readonly sample: string;
  readonly detail: string;
  /** The reason why it cannot be chosen, or null. */
  readonly disabled: string | null;
}

export interface Completion {
  /** Offsets into the expression that are replaced. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly Suggestion[];
}

/** The path that ends at the caret, perhaps with the dot after which the next step is to come. */
const tail = /(?<![\p{L}\p{N}_.\]"'])([\p{L}_][\p{L}\p{N}_]*)((?:\.[\p{L}_][\p{L}\p{N}_]*|\[\d+\]|\["[^"\\]*"\])*)(\.?)$/u;
const nextStep = /\.([\p{L}_][\p{L}\p{N}_]*)|\[(\d+)\]|\["([^"\\]*)"\]/gu;
const beginning = /(?:^|[\s([{,:+\-*/%<>=!|&])$/;

const functions: readonly (readonly [string, string, string])[] = [
  ["get", "get(", "get(container, key, default): what is missing gives the default"],
  ["len", "len(", "how many"], ["str", "str(", "as text"], ["int", "int(", "as a whole number"], ["float", "float(", "as a number"],
  ["round", "round(", "rounded"], ["sum", "sum(", "the sum of a list"], ["min", "min(", "the least"], ["max", "max(", "the greatest"],
  ["sorted", "sorted(", "in order"], ["any", "any(", "whether one is true"], ["all", "all(", "whether every one is true"],
  ["json", "json.", "json.loads, json.dumps"], ["re", "re.", "patterns"], ["datetime", "datetime.", "points in time"], ["timedelta", "timedelta(", "spans of time"],
];

/** What may be written at the caret, an offset into the expression's own source. */
export function complete(source: string, caret: number, around: Surroundings): Completion {
  const before = source.slice(0, caret);
  const match = tail.exec(before);
  if (match === null) return { from: caret, to: caret, suggestions: beginning.test(before) ? beginnings(around) : [] };
  const [, root = "", rest = "", dot = ""] = match;
  const steps: Step[] = [root, ...stepsOf(rest)];
  if (dot !== "") return offering(members(steps, around), "", caret - 1, caret);
  if (steps.length === 1) return offering(beginnings(around), root, caret - root.length, caret);
  // The last step is still being typed, unless it is closed by a bracket.
  const typed = rest.endsWith("]") ? undefined : steps.pop();
  if (typeof typed !== "string") return { from: caret, to: caret, suggestions: [] };
  return offering(members(steps, around), typed, caret - typed.length - 1, caret);
}

function offering(all: readonly Suggestion[], typed: string, from: number, to: number): Completion {
  return { from, to, suggestions: fitting(all, typed) };
}

function stepsOf(path: string): readonly Step[] {
  return [...path.matchAll(nextStep)].map(([, name, index, quoted]) => (index === undefined ? (name ?? quoted ?? "") : Number(index)));
}

function fitting(all: readonly Suggestion[], typed: string): readonly Suggestion[] {
  const word = typed.toLowerCase();
  const starts = all.filter((each) => each.label.toLowerCase().startsWith(word) || lastStep(each.label).startsWith(word));
  const holds = all.filter((each) => !starts.includes(each) && each.label.toLowerCase().includes(word));
  return [...starts, ...holds].sort((one, other) => Number(one.disabled !== null) - Number(other.disabled !== null));
}

function lastStep(label: string): string {
  return label.slice(label.lastIndexOf(".") + 1).toLowerCase();
}

function beginnings(around: Surroundings): readonly Suggestion[] {
  const nodes = around.upstream.map((node) => suggestion(nodePath(node.id), node.output, `${node.name} · ${node.source}`));
  const inside = around.item === undefined ? [] : [suggestion("item", around.item, "the item"), suggestion("index", 0, "its number, from 0")];
  const rest = [
    suggestion("input", around.input, "what the run was started with"),
    suggestion("trigger", around.trigger, "what started the run"),
    suggestion("vars", around.vars, "variables of the run"),
    suggestion("execution", { id: "…" }, "the run"),
    suggestion("now", "2026-01-05T09:30:00Z", "the time of the run"),
  ];
  const calls = functions.map(([label, insert, detail]) => ({ label, insert, detail, type: "function", sample: "", disabled: null }));
  const others = around.others.map((node) => suggestion(nodePath(node.id), undefined, node.name, nodePath(node.id), node.why));
  return [...inside, ...nodes, ...rest, ...calls, ...others];
}

function nodePath(id: string): string {
  return `nodes${written([id])}.output`;
}

function members(steps: readonly Step[], around: Surroundings): readonly Suggestion[] {
  if (steps.length === 1 && steps[0] === "nodes") return around.upstream.map((node) => suggestion(nodePath(node.id), node.output, `${node.name} · ${node.source}`, `${written([node.id])}.output`));
  const nodes = Object.fromEntries(around.upstream.map((node) => [node.id, { output: node.output ?? null }]));
  const item = around.item === undefined ? {} : { item: around.item, index: 0 };
  const scope: Json = { nodes, input: around.input, trigger: around.trigger, vars: around.vars, execution: { id: "…", workflow_id: "…" }, ...item };
  const value = valueAt(scope, steps);
  if (Array.isArray(value)) return value.slice(0, 1).map((each) => suggestion("[0]", each, `first of ${value.length}`));
  if (value === null || value === undefined || typeof value !== "object") return [];
  return Object.entries(value).map(([name, each]) => suggestion(name, each, "", written([name])));
}

function suggestion(label: string, value: Json | undefined, detail: string, insert = label, disabled: string | null = null): Suggestion {
  return { label, insert, type: typeName(value), sample: shown(value), detail, disabled };
}

/** The word for a value's type, as the preview says it. */
export function typeName(value: Json | undefined): string {
  if (value === undefined) return "unknown";
  if (value === null) return "null";
  if (Array.isArray(value)) return `list of ${value.length}`;
  return { string: "text", number: "number", boolean: "true or false", object: "object" }[typeof value as "string" | "number" | "boolean" | "object"];
}

/** A value in a few words. */
export function shown(value: Json | undefined, longest = 60): string {
  if (value === undefined) return "";
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
