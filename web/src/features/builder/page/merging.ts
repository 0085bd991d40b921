/** What becomes of one's own changes when somebody else was faster: those of other places are put together, those of the same are asked about. */
import { apply, type Document, type JsonObject, meets, type Op, read, replaceWith, settled } from "../model/index.ts";

export interface Conflict {
  readonly definition: JsonObject;
  readonly rev: number;
  /** Their ops, from what both began with. */
  readonly theirs: readonly Op[];
}

/** What somebody else did, seen from what both began with. */
export function theirOps(base: Document, definition: JsonObject): readonly Op[] {
  return replaceWith(definition)(base)?.ops ?? [];
}

/** Whether own ops touch what theirs do. Where a card stands is nobody's quarrel: the last one who moved it wins. */
export function conflicting(own: readonly Op[], theirs: readonly Op[]): boolean {
  return own.some((op) => clashes(op, theirs));
}

function clashes(op: Op, theirs: readonly Op[]): boolean {
  if (op.path[0] === "root" && op.path[1] === "layout") return false;
  return theirs.some((other) => meets(op.path, other.path));
}

/** The document and what is still to be sent, after the person has decided. */
export function decided(conflict: Conflict, own: readonly Op[], how: "mine" | "theirs"): { base: Document; document: Document; pending: readonly Op[] } {
  const base = read(conflict.definition);
  const pending = how === "mine" ? own : own.filter((op) => !clashes(op, conflict.theirs));
  return { base, document: apply(settled(base), pending), pending };
}
