/** Writes down the ops of an edit while its later parts already see what its earlier ones did. */
import { type Document, type Selection, selected } from "./document.ts";
import type { Path } from "./json.ts";
import { apply, change, type Op } from "./ops.ts";

/** What an edit comes to. */
export interface Change {
  /** For people, after "Undo": `move of 3 steps`. */
  readonly label: string;
  readonly ops: readonly Op[];
  /** What is selected afterwards; as before where it is left out. */
  readonly selection?: Selection | undefined;
  /** Edits with the same mark within 600 ms are one step. */
  readonly coalesce?: string | undefined;
  /** Where the focus goes afterwards. */
  readonly focus?: FocusTarget | undefined;
}

/** A wish that a part of the page take the focus; each is new, also where it says the same. */
export interface FocusTarget {
  readonly on: "first-field" | "field" | "name" | "card";
  readonly node: string;
  /** Within the node's spec, for `field`: `["config", "params", "text"]`. */
  readonly path?: Path;
}

/** An edit is made for the document it meets; null where there is nothing to do. */
export type Edit = (document: Document) => Change | null;

export interface Recorder {
  readonly document: Document;
  readonly ops: Op[];
  set(path: Path, value: unknown): void;
}

export function recorder(document: Document): Recorder {
  const made: { document: Document; ops: Op[] } = { document, ops: [] };
  return {
    get document() {
      return made.document;
    },
    ops: made.ops,
    set(path, value) {
      const op = change(made.document, path, value);
      if (op === null) return;
      made.ops.push(op);
      made.document = apply(made.document, [op]);
    },
  };
}

/** An edit from a function that sets paths. */
export function edit(label: string, write: (record: Recorder) => Partial<Omit<Change, "ops">> | void): Edit {
  return (document) => {
    const record = recorder(document);
    const more = write(record) ?? {};
    return record.ops.length === 0 ? null : { label, ops: record.ops, ...more };
  };
}

export function selecting(nodes: readonly string[]): { selection: Selection } {
  return { selection: selected({ nodes }) };
}
