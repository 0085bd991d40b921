/** A workflow is opened: the server's draft, and on top of it what this device had not sent yet. */
import { builder as say } from "~/lib/strings/builder";
import { toast } from "~/lib/toasts";
import { type Action, apply, type Document, read, settled } from "../model/index.ts";
import type { ServerDraft } from "./draft-api.ts";
import { type Entry, findEntry, tabName } from "./journal.ts";
import { type Conflict, conflicting, theirOps } from "./merging.ts";

export interface Opened {
  readonly draft: ServerDraft;
  readonly base: Document;
  readonly action: Action;
  readonly found: Conflict | null;
}

export async function opened(id: string, reading: Promise<ServerDraft>): Promise<Opened> {
  const [draft, entry] = await Promise.all([reading, findEntry(id, tabName()).catch(() => undefined)]);
  const base = read(draft.definition);
  if (entry === undefined) return { draft, base, action: { type: "load", document: settled(base) }, found: null };
  return takenUp(draft, base, entry);
}

function takenUp(draft: ServerDraft, base: Document, entry: Entry): Opened {
  const { pending, history } = entry;
  if (pending.length > 0) toast(say.draft.restored(pending.length));
  const behind = entry.rev !== draft.rev;
  const old = behind ? read(entry.base) : base;
  const theirs = behind ? theirOps(old, draft.definition) : [];
  if (conflicting(pending, theirs)) {
    const stale = { ...draft, rev: entry.rev, definition: entry.base };
    return { draft: stale, base: old, action: { type: "load", document: apply(settled(old), pending), pending, history }, found: { definition: draft.definition, rev: draft.rev, theirs } };
  }
  // Steps of a document that has changed elsewhere since may no longer fit it.
  return { draft, base, action: { type: "load", document: apply(settled(base), pending), pending, ...(theirs.length > 0 ? {} : { history }) }, found: null };
}
