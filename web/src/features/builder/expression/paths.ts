/** Paths such as `nodes.classify.output["due date"][0]`: read, written, and resolved in a sample without asking the server. */
import type { Json, JsonObject } from "../model/index.ts";

export type Step = string | number;

/** What a path may start with (core/language/expression.py). */
export const roots = ["input", "nodes", "trigger", "event", "vars", "item", "index", "execution", "now"] as const;

const plainStep = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const words = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "),
);
const stepToken = /\s*(?:\.\s*([\p{L}_][\p{L}\p{N}_]*)|\[\s*(?:(\d+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\])/uy;

/** The steps after a root, as they are written: `.output["due date"][0]`. */
export function written(steps: readonly Step[]): string {
  return steps.map((step) => (typeof step === "string" && plainStep.test(step) && !words.has(step) ? `.${step}` : `[${JSON.stringify(step)}]`)).join("");
}

/** The root and steps of an expression that is one plain path, or null for anything else (which the server evaluates). */
export function plainPath(source: string): readonly Step[] | null {
  const text = source.trim();
  const head = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(text)?.[0];
  if (head === undefined || !roots.some((root) => root === head)) return null;
  const steps: Step[] = [head];
  stepToken.lastIndex = head.length;
  while (stepToken.lastIndex < text.length) {
    const match = stepToken.exec(text);
    if (match === null) return null;
    steps.push(stepOf(match));
  }
  return steps;
}

function stepOf(match: RegExpExecArray): Step {
  const [, name, number, double, single] = match;
  if (name !== undefined) return name;
  if (number !== undefined) return Number(number);
  return unescaped(double ?? single ?? "");
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, mark: string) => ({ n: "\n", t: "\t", r: "\r" })[mark] ?? mark);
}

/** The value at the end of the steps, or undefined where there is none. An own property only: a path never reads a prototype. */
export function valueAt(scope: Json, steps: readonly Step[]): Json | undefined {
  let now: Json | undefined = scope;
  for (const step of steps) {
    if (now === null || typeof now !== "object") return undefined;
    if (Array.isArray(now)) now = typeof step === "number" ? now[step] : undefined;
    else now = Object.hasOwn(now, step) ? (now as JsonObject)[String(step)] : undefined;
  }
  return now;
}
