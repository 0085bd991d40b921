/** The smallest changes of a document, which can be undone, joined and laid over a document that has changed elsewhere. */
import type { Document } from "./document.ts";
import { at, isList, isObject, type Path, same } from "./json.ts";

/** The value at a path was `before` and is `after`; undefined is absence. */
export interface Op {
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
}

/** The document after all ops. Parts that no path leads through stay the very same. */
export function apply(document: Document, ops: readonly Op[]): Document {
  const own = new WeakSet<object>();
  let result: unknown = document;
  for (const op of ops) result = put(result, op.path, 0, op.after, own);
  return result as Document;
}

function put(value: unknown, path: Path, depth: number, after: unknown, own: WeakSet<object>): unknown {
  const step = path[depth];
  if (step === undefined) return after;
  const copy = owned(value, own);
  const there = copy[step];
  const made = put(there, path, depth + 1, after, own);
  if (made === undefined) delete copy[step];
  else copy[step] = made;
  return copy;
}

/** The container itself where this application has made it, else a copy. */
function owned(value: unknown, own: WeakSet<object>): Record<string, unknown> {
  if ((isObject(value) || isList(value)) && own.has(value)) return value as unknown as Record<string, unknown>;
  const copy = isList(value) ? [...value] : { ...(isObject(value) ? value : {}) };
  own.add(copy);
  return copy as unknown as Record<string, unknown>;
}

export function inverse(ops: readonly Op[]): Op[] {
  return ops.toReversed().map(({ path, before, after }) => ({ path, before: after, after: before }));
}

/** The op that puts a value at a path, raised to the first container that is missing so that its inverse leaves nothing behind. */
export function change(document: Document, path: Path, value: unknown): Op | null {
  const before = at(document, path);
  if (same(before, value)) return null;
  const depth = path.findIndex((_, index) => index > 0 && at(document, path.slice(0, index)) === undefined);
  if (depth < 0) return { path, before, after: value };
  const nested = path.slice(depth).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return { path: path.slice(0, depth), before: undefined, after: nested };
}

/** Ops of which those of the same path are one; those that change nothing are left out. Order is kept. */
export function joined(ops: readonly Op[]): Op[] {
  const result: Op[] = [];
  for (const op of ops) {
    const last = result.at(-1);
    if (last !== undefined && same(last.path, op.path)) result[result.length - 1] = { ...last, after: op.after };
    else result.push(op);
  }
  return result.filter((op) => !same(op.before, op.after));
}

/** Whether two paths touch the same place: one of them leads through the other. */
export function meets(one: Path, other: Path): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((step, index) => step === other[index]);
}
