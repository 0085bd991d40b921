/** The menu of a step where it was pointed at: by right click, a long press, or the key for it. */
import { type MouseEvent, type ReactElement, useState } from "react";
import type { CommandId } from "~/lib/commands";
import type { Handlers } from "~/lib/keyboard";
import { MenuAt, type MenuPlace } from "~/ui/menu-at";
import { stepItems } from "./step-items.ts";

export interface StepMenu {
  /** Opens it for the step that is selected. */
  readonly open: (event: MouseEvent) => void;
  readonly element: ReactElement | null;
}

export function useStepMenu(run: (id: CommandId) => void, handlers: Handlers): StepMenu {
  const [at, setAt] = useState<MenuPlace | null>(null);
  return {
    open: (event) => {
      event.preventDefault();
      const box = event.currentTarget.getBoundingClientRect();
      // The key has no place of its own.
      setAt(event.clientX === 0 && event.clientY === 0 ? { x: box.left + 24, y: box.top + 24 } : { x: event.clientX, y: event.clientY });
    },
    element: at === null ? null : <MenuAt at={at} items={stepItems(run, handlers)} onClose={() => setAt(null)} />,
  };
}
