/** The draft becomes another state of the workflow: the server does it and keeps a way back, and here it can be undone. */
import { useCallback } from "react";
import { Problem } from "~/lib/api";
import { versions as say } from "~/lib/strings/versions";
import { type Dispatch, type Document, read, replaceWith, settled, write } from "../model/index.ts";
import type { ServerDraft } from "./draft-api.ts";
import type { Now } from "./draft-state.ts";

export type Keep = (draft: ServerDraft, base: Document) => void;

export interface Parts {
  readonly now: Now;
  readonly dispatch: Dispatch;
  readonly keep: Keep;
  readonly save: () => Promise<void>;
  readonly tell: (rev: number) => void;
  /** While it is `true` nothing is saved or taken in. */
  readonly occupy: (busy: boolean) => void;
}

const tries = 60;
const between = 50;

export function useBecoming({ now, dispatch, keep, save, tell, occupy }: Parts): { settle: () => Promise<boolean>; become: (label: string, ask: (rev: number) => Promise<ServerDraft>) => Promise<void> } {
  const settle = useCallback(async () => {
    for (let left = tries; left > 0; left -= 1) {
      const { busy, conflict, state } = now.current;
      if (conflict !== null) return false;
      if (!busy && state.pending.length === 0) return true;
      if (!busy) await save();
      await new Promise((resolve) => setTimeout(resolve, between));
    }
    return false;
  }, [now, save]);
  const become = useCallback(
    async (label: string, ask: (rev: number) => Promise<ServerDraft>) => {
      // The way back that the server keeps is to hold everything of this device.
      const ready = await settle();
      const { saved } = now.current;
      if (!ready || saved === null) throw new Problem({ type: "broken", status: 0, detail: say.restore.unsaved });
      occupy(true);
      try {
        const draft = await ask(saved.rev);
        const base = read(draft.definition);
        dispatch({ type: "replaced", edit: replaceWith(write(settled(base)), label) });
        keep(draft, base);
        tell(draft.rev);
      } finally {
        occupy(false);
      }
    },
    [now, dispatch, keep, tell, occupy, settle],
  );
  return { settle, become };
}
