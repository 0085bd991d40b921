/** Which view is open, and which panels stand around it; kept for this person. */
import { useMemo } from "react";
import type { Handlers } from "~/lib/keyboard";
import { stored, useStored } from "~/lib/stored";

export type View = "canvas" | "outline" | "text";

interface Kept {
  readonly view: View;
  readonly palette: boolean;
  readonly inspector: boolean;
  readonly dock: boolean;
}

/** On a phone the outline is edited, and the canvas looked at. */
const phone = matchMedia("(max-width: 639px)");
const initial: Kept = { view: phone.matches ? "outline" : "canvas", palette: true, inspector: true, dock: false };
const isKept = (found: unknown): found is Kept => typeof found === "object" && found !== null && "view" in found && "palette" in found && "inspector" in found && "dock" in found;
const panels = stored<Kept>("builder-panels", initial, isKept);

export interface Panels extends Kept {
  readonly set: (part: Partial<Kept>) => void;
  readonly showInspector: () => void;
  readonly showDock: () => void;
  readonly handlers: Handlers;
}

export function usePanels(): Panels {
  const [kept, keep] = useStored(panels);
  return useMemo(() => {
    const set = (part: Partial<Kept>): void => keep({ ...kept, ...part });
    return {
      ...kept,
      set,
      showInspector: () => set({ inspector: true }),
      showDock: () => set({ dock: !kept.dock }),
      handlers: {
        "view.outline": () => set({ view: kept.view === "outline" ? "canvas" : "outline" }),
        "view.inspector": () => set({ inspector: !kept.inspector }),
        "view.dock": () => set({ dock: !kept.dock }),
      },
    };
  }, [kept, keep]);
}
