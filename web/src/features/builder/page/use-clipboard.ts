/** Copy, cut and paste by the browser's own events, so that text goes to other tabs, other workflows and mails. */
import { type RefObject, useEffect, useRef } from "react";
import { isTyping } from "~/lib/keyboard";
import { builder as say } from "~/lib/strings/builder";
import { toast } from "~/lib/toasts";
import { copied, type Dispatch, type EditorState, paste, readClip, remove } from "../model/index.ts";

export function useClipboard(within: RefObject<HTMLElement | null>, state: EditorState, dispatch: Dispatch): void {
  const latest = useRef(state);
  const connected = useRef(false);
  useEffect(() => {
    latest.current = state;
  });
  useEffect(() => {
    const here = (event: Event): boolean => within.current?.contains(document.activeElement) === true && !isTyping(event as KeyboardEvent);
    const copy = (event: ClipboardEvent): void => {
      const { document: shown, selection } = latest.current;
      if (!here(event) || selection.nodes.length === 0) return;
      event.preventDefault();
      event.clipboardData?.setData("text/plain", copied(shown, selection.nodes));
      if (event.type === "cut") dispatch({ type: "edit", edit: remove(selection) });
      else toast(say.clipboard.copied(selection.nodes.length));
    };
    const put = (event: ClipboardEvent): void => {
      if (!here(event)) return;
      event.preventDefault();
      const clip = readClip(event.clipboardData?.getData("text/plain") ?? "");
      if (typeof clip === "string") return toast(clip, { tone: "danger" });
      const { document: shown, selection } = latest.current;
      const parent = shown.nodes[selection.nodes.at(-1) ?? ""]?.parent ?? null;
      dispatch({ type: "edit", edit: paste(clip, { parent, incoming: connected.current }) });
    };
    // Whether Shift is held is told by the key alone, and not by the event that pastes.
    const key = (event: KeyboardEvent): void => {
      connected.current = event.shiftKey;
    };
    const events = [["copy", copy], ["cut", copy], ["paste", put], ["keydown", key]] as const;
    for (const [name, act] of events) document.addEventListener(name, act as EventListener, true);
    return () => {
      for (const [name, act] of events) document.removeEventListener(name, act as EventListener, true);
    };
  }, [within, dispatch]);
}
