/** The outline keeps the focus that it had: rows come and go by edits, and what replaces them takes it over. */
import { type RefObject, useEffect, useRef } from "react";

/** What has the focus when the outline has it: its current row, else the button that adds the first step. */
export const current = "[role=treeitem][tabindex='0'], button:not([tabindex='-1'])";

export function useHeldFocus(frame: RefObject<HTMLElement | null>, here: number): void {
  const held = useRef(false);
  useEffect(() => {
    const hear = (event: FocusEvent): void => {
      held.current = frame.current?.contains(event.target as Node) ?? false;
    };
    // Pressing beside everything gives the focus up; a row that is gone does not.
    const press = (event: PointerEvent): void => {
      if (frame.current?.contains(event.target as Node) === false) held.current = false;
    };
    document.addEventListener("focusin", hear);
    document.addEventListener("pointerdown", press, true);
    return () => {
      document.removeEventListener("focusin", hear);
      document.removeEventListener("pointerdown", press, true);
    };
  }, [frame]);
  useEffect(() => {
    const now = document.activeElement;
    const inside = frame.current?.contains(now) === true;
    if (inside || (held.current && (now === null || now === document.body))) frame.current?.querySelector<HTMLElement>(current)?.focus({ preventScroll: true });
    // Where the row is another one; and after every edit, as the row may be gone.
  }, [frame, here]);
  useEffect(() => {
    const now = document.activeElement;
    if (held.current && (now === null || now === document.body)) frame.current?.querySelector<HTMLElement>(current)?.focus({ preventScroll: true });
  });
}
