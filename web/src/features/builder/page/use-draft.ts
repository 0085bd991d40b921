/** Three layers, none of which is ever overwritten: this device at once, the server's draft after a rest, published versions only when asked. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { isUnreachable, Problem } from "~/lib/api";
import { takeDraft } from "~/lib/drafts";
import { savesByHand } from "~/lib/preferences";
import { builder as say } from "~/lib/strings/builder";
import { toast } from "~/lib/toasts";
import { type Dispatch, type Document, type EditorState, read, write } from "../model/index.ts";
import { isOutdated, readDraft, sendDraft, type ServerDraft } from "./draft-api.ts";
import { dropEntry, keepEntry, tabName } from "./journal.ts";
import { type Conflict, conflicting, decided, theirOps } from "./merging.ts";
import type { Now, Saved } from "./draft-state.ts";
import { opened } from "./opening.ts";
import { type Keep, useBecoming } from "./use-becoming.ts";
import { useRemote } from "./use-remote.ts";

export interface Draft {
  /** null until it has been read. */
  readonly saved: Saved | null;
  readonly busy: boolean;
  readonly error: Problem | null;
  readonly conflict: Conflict | null;
  readonly save: () => Promise<void>;
  readonly decide: (how: "mine" | "theirs") => void;
  readonly reload: () => void;
  /** Waits until the server has everything of this device; false where it does not get it. */
  readonly settle: () => Promise<boolean>;
  /** Has the server make the draft another state, which can be undone here as `label`. Throws `Problem`; nothing happened, then. */
  readonly become: (label: string, ask: (rev: number) => Promise<ServerDraft>) => Promise<void>;
}

const rest = 1_500;
const atMost = 10_000;
const again = 5_000;

export function useDraft(id: string, state: EditorState, dispatch: Dispatch): Draft {
  const [saved, setSaved] = useState<Saved | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Problem | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const now: Now = useRef({ state, saved, conflict, busy: false });
  useLayoutEffect(() => {
    now.current = { state, saved, conflict, busy: now.current.busy };
  });
  const keep = useCallback((draft: ServerDraft, base: Document) => {
    const next = { rev: draft.rev, base, at: Date.now(), version: draft.version, differs: draft.differs };
    now.current.saved = next;
    setSaved(next);
    setError(null);
  }, []);
  const load = useLoading(id, dispatch, keep, setConflict, setError);
  const catchUp = useCatchingUp(id, now, dispatch, keep, setConflict);
  const tell = useRemote(id, now, catchUp);
  const occupy = useCallback((on: boolean) => {
    now.current.busy = on;
    setBusy(on);
  }, []);
  const save = useCallback(async () => {
    const { state: current, saved: before, conflict: open } = now.current;
    if (before === null || open !== null || now.current.busy || current.pending.length === 0) return;
    occupy(true);
    const { document, pending } = current;
    try {
      const draft = await sendDraft(id, before.rev, before.base, document);
      if (draft !== null) keep(draft, document);
      dispatch({ type: "saved", count: pending.length });
      if (draft !== null) tell(draft.rev);
    } catch (reason) {
      if (isOutdated(reason)) await catchUp().catch((other: unknown) => setError(asProblem(other)));
      else setError(asProblem(reason));
    } finally {
      occupy(false);
    }
  }, [id, dispatch, keep, catchUp, tell, occupy]);
  useSaving(state, saved, error, save);
  useJournal(id, now, state);
  const decide = useCallback(
    (how: "mine" | "theirs") => {
      const open = now.current.conflict;
      if (open === null) return;
      const { base, document, pending } = decided(open, now.current.state.pending, how);
      dispatch({ type: "load", document, pending, history: now.current.state.history });
      keep({ definition: open.definition, rev: open.rev, at: "", version: now.current.saved?.version ?? null, differs: true }, base);
      setConflict(null);
    },
    [dispatch, keep],
  );
  const { settle, become } = useBecoming({ now, dispatch, keep, save, tell, occupy });
  return useMemo(() => ({ saved, busy, error, conflict, save, decide, reload: load, settle, become }), [saved, busy, error, conflict, save, decide, load, settle, become]);
}

function useLoading(id: string, dispatch: Dispatch, keep: Keep, setConflict: (found: Conflict | null) => void, setError: (error: Problem) => void): () => void {
  const queries = useQueryClient();
  const load = useCallback(() => {
    opened(id, takeDraft(queries, id))
      .then(({ draft, base, action, found }) => {
        dispatch(action);
        keep(draft, base);
        setConflict(found);
      })
      .catch((reason: unknown) => setError(asProblem(reason)));
  }, [id, queries, dispatch, keep, setConflict, setError]);
  useEffect(load, [load]);
  return load;
}

/** Takes in what somebody else did; where it meets what was done here, the person is asked. */
function useCatchingUp(id: string, now: Now, dispatch: Dispatch, keep: Keep, setConflict: (found: Conflict) => void): () => Promise<void> {
  return useCallback(async () => {
    const before = now.current.saved;
    if (before === null) return;
    const draft = await readDraft(id);
    if (draft.rev === before.rev) return;
    const theirs = theirOps(before.base, draft.definition);
    if (conflicting(now.current.state.pending, theirs)) return setConflict({ definition: draft.definition, rev: draft.rev, theirs });
    dispatch({ type: "merge", ops: theirs });
    keep(draft, read(draft.definition));
    if (theirs.length > 0) toast(say.draft.merged(theirs.length));
  }, [id, now, dispatch, keep, setConflict]);
}

/** A while after the last edit, and not later than ten seconds after the first that is not saved; by hand only, where the person wants that. */
function useSaving(state: EditorState, saved: Saved | null, error: Problem | null, save: () => Promise<void>): void {
  const first = useRef(0);
  const dirty = saved !== null && state.pending.length > 0;
  useEffect(() => {
    if (!dirty) {
      first.current = 0;
      return undefined;
    }
    if (savesByHand.get() || (error !== null && !isUnreachable(error))) return undefined;
    first.current ||= Date.now();
    const wait = error === null ? Math.min(rest, Math.max(0, first.current + atMost - Date.now())) : again;
    const timer = setTimeout(() => void save(), wait);
    return () => clearTimeout(timer);
  }, [dirty, state.serial, error, save, saved]);
}

/** Every edit is on this device within a moment, with the steps to undo it. */
function useJournal(id: string, now: Now, state: EditorState): void {
  useEffect(() => {
    const keepIt = (): void => {
      const { state: current, saved } = now.current;
      if (saved === null) return;
      const { pending, history } = current;
      const entry = { workflow: id, tab: tabName(), at: Date.now(), rev: saved.rev, base: write(saved.base), pending, history };
      const done = pending.length === 0 && history.past.length === 0 ? dropEntry(id, tabName()) : keepEntry(entry);
      done.catch(() => undefined); // A browser that refuses storage keeps nothing; the draft is still saved to the server.
    };
    const timer = setTimeout(keepIt, 100);
    return () => clearTimeout(timer);
  }, [id, now, state.serial, state.pending]);
}

function asProblem(reason: unknown): Problem {
  return reason instanceof Problem ? reason : new Problem({ type: "broken", status: 0, detail: say.draft.failed });
}
