/** Asks before the draft becomes an older state, or what is published, and offers to undo it afterwards. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { Problem, stale } from "~/lib/api";
import { versions as say } from "~/lib/strings/versions";
import { toast } from "~/lib/toasts";
import { Ask } from "~/ui/ask";
import { nameOf, type State } from "../compare/use-states.ts";
import type { Dispatch } from "../model/index.ts";
import { discardDraft, restoreState } from "./draft-api.ts";
import type { Draft } from "./use-draft.ts";

/** `discard`: back to what is published. */
export type Wish = State | "discard";

export interface RestoreDialogProps {
  id: string;
  draft: Draft;
  dispatch: Dispatch;
  wish: Wish;
  onDone: () => void;
  onClose: () => void;
}

export function RestoreDialog({ id, draft, dispatch, wish, onDone, onClose }: RestoreDialogProps): ReactElement {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const said = wordsOf(wish, draft.saved?.version ?? 0);
  const act = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await draft.become(said.label, (rev) => (wish === "discard" ? discardDraft(id, rev) : restoreState(id, { kind: wish.kind === "point" ? "point" : "version", number: wish.number ?? 0 }, rev)));
      toast(said.done, { tone: "success", action: { label: say.undo, run: () => dispatch({ type: "undo" }) } });
      onDone();
      await stale(queries, "workflows");
    } catch (reason) {
      setError(reason instanceof Problem ? reason : new Error(say.restore.unsaved));
      setBusy(false);
    }
  };
  return <Ask title={said.title} about={said.about} act={said.act} keep={said.keep} error={error} busy={busy} onAct={() => void act()} onClose={onClose} />;
}

function wordsOf(wish: Wish, published: number): { title: string; about: string; act: string; keep: string; done: string; label: string } {
  if (wish === "discard") return { ...say.discard, about: say.discard.about(published) };
  const { restore } = say;
  const name = nameOf({ ...wish, current: false });
  return { title: restore.title(name), about: restore.about, act: restore.short, keep: restore.keep, done: restore.done(name), label: restore.label(name) };
}
