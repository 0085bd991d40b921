/** Gives the focus to the field that somebody wished for: after a step was added, after a problem was chosen, after F2. */
import { type RefObject, useEffect, useRef } from "react";
import { type EditorView, firstRequired, type FocusTarget, type NodeKey } from "../model/index.ts";

type TabId = "setup" | "data" | "settings" | "connections";

/** Tells a field of code to select what it holds. */
export const selectAll = "tenuto:select-all";

const asked = "input, textarea, select, button[role=combobox], [data-code]";

export function useFocus(view: EditorView, key: NodeKey, panel: RefObject<HTMLElement | null>, open: (tab: TabId) => void): void {
  const done = useRef(0);
  const { focus } = view;
  useEffect(() => {
    if (focus === null || focus.serial === done.current || focus.target.node !== key || focus.target.on === "card") return;
    done.current = focus.serial;
    open(tabOf(focus.target));
    const node = view.document.nodes[key];
    const first = focus.target.on === "first-field" && focus.target.path === undefined && node !== undefined;
    const target = first ? { ...focus.target, path: firstRequired(node, view.catalog) } : focus.target;
    // The tab is drawn first.
    requestAnimationFrame(() => give(panel.current, target));
    // Only a wish moves the focus, and never an edit.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [focus, key, panel, open]);
}

function tabOf(target: FocusTarget): TabId {
  if (target.on !== "field" || target.path === undefined) return "setup";
  return target.path[0] === "config" || target.path[0] === "agent" || target.path.length === 0 ? "setup" : "settings";
}

function give(panel: HTMLElement | null, target: FocusTarget): void {
  if (panel === null) return;
  if (target.on === "name") return focusIn(panel.querySelector("[data-inspector-name]"));
  const place = target.path === undefined ? null : nearest(panel, target.path);
  focusIn(place ?? panel.querySelector("[role=tabpanel]"));
}

/** The field at the path, or that of which it is a part. */
function nearest(panel: HTMLElement, path: readonly string[]): Element | null {
  for (let length = path.length; length > 0; length -= 1) {
    const found = panel.querySelector(`[data-path="${CSS.escape(path.slice(0, length).join("/"))}"]`);
    if (found !== null) return found;
  }
  return null;
}

function focusIn(place: Element | null): void {
  if (place === null) return;
  // A part without a field takes it at its first button, else itself: it is never lost.
  const field = place.matches(asked) ? place : (place.querySelector(asked) ?? place.querySelector("button") ?? place);
  const code = field?.shadowRoot?.querySelector<HTMLElement>(".cm-content");
  (code ?? (field as HTMLElement | null))?.focus();
  // As Tab does: what is typed takes the place of what was there to begin with.
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select();
  if (code !== null && code !== undefined) field?.dispatchEvent(new Event(selectAll));
  place.scrollIntoView({ block: "nearest" });
}
