/** Which view is open, and which panels stand around it; kept for this person. */
import { useMemo, useSyncExternalStore } from "react";
import type { Handlers } from "~/lib/keyboard";
import { stored, useStored } from "~/lib/stored";

export type View = "canvas" | "outline" | "text" | "split";
export type DockTab = "problems" | "test" | "history";

interface Kept {
  readonly view: View;
  readonly palette: boolean;
  readonly inspector: boolean;
  readonly dock: boolean;
  readonly tab?: DockTab;
}

/** On a phone the outline is edited, and the canvas looked at. */
const phone = matchMedia("(max-width: 639px)");
const initial: Kept = { view: phone.matches ? "outline" : "canvas", palette: true, inspector: true, dock: false };
const isKept = (found: unknown): found is Kept => typeof found === "object" && found !== null && "view" in found && "palette" in found && "inspector" in found && "dock" in found;
const panels = stored<Kept>("builder-panels", initial, isKept);

export interface Panels extends Kept {
  readonly set: (part: Partial<Kept>) => void;
  readonly showInspector: () => void;
  /** Opens the dock at a tab, or closes it where that is open. */
  readonly showDock: (tab: DockTab) => void;
  /** Opens the dock at what is being tested. */
  readonly showTest: () => void;
  readonly handlers: Handlers;
}

/** Graph and text beside each other need the room of a wide screen. */
const wide = matchMedia("(min-width: 1440px)");

export function useWide(): boolean {
  return useSyncExternalStore(hearWide, () => wide.matches);
}

function hearWide(listener: () => void): () => void {
  wide.addEventListener("change", listener);
  return () => wide.removeEventListener("change", listener);
}

export function usePanels(): Panels {
  const [stands, keep] = useStored(panels);
  const room = useWide();
  const kept = useMemo(() => (stands.view === "split" && !room ? { ...stands, view: "canvas" as const } : stands), [stands, room]);
  return useMemo(() => {
    const set = (part: Partial<Kept>): void => keep({ ...kept, ...part });
    return {
      ...kept,
      set,
      showInspector: () => set({ inspector: true }),
      showDock: (tab) => set({ tab, dock: !kept.dock || (kept.tab ?? "problems") !== tab }),
      showTest: () => set({ tab: "test", dock: true }),
      handlers: {
        "view.outline": () => set({ view: kept.view === "outline" ? "canvas" : "outline" }),
        "view.inspector": () => set({ inspector: !kept.inspector }),
        "view.dock": () => set({ dock: !kept.dock }),
      },
    };
  }, [kept, keep]);
}
