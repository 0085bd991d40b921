/** Fresh ids: names that expressions can be written with, each once in its scope. */
import { type Document, type NodeKey, nodeKey } from "./document.ts";

/** A Python name made of a wish such as `Send message`. */
export function slug(wish: string): string {
  const plain = wish.normalize("NFKD").replaceAll(/[\u0300-\u036F]/g, "").toLowerCase();
  const made = plain.replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "").slice(0, 60);
  return /^[a-z]/.test(made) ? made : `step_${made}`.replaceAll(/_+$/g, "");
}

/** The wish itself, or with the next number that is free. */
export function freshId(document: Document, parent: NodeKey | null, wish: string, taken: ReadonlySet<string> = new Set()): string {
  const base = wish === "" ? "step" : wish;
  const used = (id: string): boolean => taken.has(id) || Object.hasOwn(document.nodes, nodeKey(parent, id));
  if (!used(base)) return base;
  const stem = base.replace(/_\d+$/, "");
  let number = 2;
  while (used(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

/** The first of `note_1`, `note_2`, … that a table has not. */
export function freshKey(table: object, stem: string): string {
  let number = 1;
  while (Object.hasOwn(table, `${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

/** After the last of a table. */
export function nextRank(table: Readonly<Record<string, { readonly rank: number }>>): number {
  return Object.values(table).reduce((highest, each) => Math.max(highest, each.rank), -1) + 1;
}
