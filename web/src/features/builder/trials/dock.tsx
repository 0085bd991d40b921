/** The dock under the views: problems, what is being tested, and what the workflow was. */
import { PanelBottom } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { commands, shownKeys } from "~/lib/commands";
import { builder } from "~/lib/strings/builder";
import { trials as say } from "~/lib/strings/trials";
import { versions } from "~/lib/strings/versions";
import { Button, IconButton } from "~/ui/button";
import { type Tab, Tabs } from "~/ui/tabs";
import type { EditorView } from "../model/index.ts";
import type { DockTab, Panels } from "../page/use-panels.ts";
import { ProblemList } from "../problem-list.tsx";
import { useTrialsContext } from "./context.ts";
import { RunPanel } from "./run-panel.tsx";
import { StepPanel } from "./step-panel.tsx";

const names: readonly { id: DockTab; label: string }[] = [
  { id: "problems", label: builder.page.dock },
  { id: "test", label: say.dock },
  { id: "history", label: versions.history.tab },
];

export function Dock({ view, panels, past }: { view: EditorView; panels: Panels; past: ReactNode }): ReactElement {
  const { run } = useTrialsContext();
  const contents: Record<DockTab, ReactNode> = {
    problems: <ProblemList view={view} />,
    test: run === null ? <StepPanel view={view} /> : <RunPanel run={run} view={view} />,
    history: past,
  };
  const tabs = names.map(({ id, label }): Tab<DockTab> => ({ id, label, count: id === "problems" ? view.problems.length : undefined, content: contents[id] }));
  return (
    <section aria-label={builder.page.dockLabel} data-region tabIndex={-1} className="relative h-full border-t border-line bg-surface outline-none">
      <Tabs label={builder.page.dockLabel} tabs={tabs} value={panels.tab ?? "problems"} onChange={(tab) => panels.set({ tab })} className="h-full" panelClassName="overflow-y-auto" />
      <span className="absolute top-1 right-2">
        <IconButton icon={PanelBottom} label={commands["view.dock"].title} keys={shownKeys("view.dock")} small pressed onClick={() => panels.set({ dock: false })} />
      </span>
    </section>
  );
}

/** The dock while it is closed: its tabs, which open it. What the workflow was has its button above. */
export function ClosedDock({ problems, panels }: { problems: number; panels: Panels }): ReactElement {
  return (
    <section aria-label={builder.page.dockLabel} data-region tabIndex={-1} className="flex h-9 shrink-0 items-center gap-1 border-t border-line bg-surface px-2 outline-none">
      {names.filter(({ id }) => id !== "history").map(({ id, label }) => (
        <Button key={id} small variant="quiet" onClick={() => panels.set({ tab: id, dock: true })}>
          {label} {id !== "problems" || problems === 0 ? null : <span className="rounded-full bg-sunken px-1.5 text-xs text-muted">{problems}</span>}
        </Button>
      ))}
      <span className="ml-auto">
        <IconButton icon={PanelBottom} label={commands["view.dock"].title} keys={shownKeys("view.dock")} small pressed={false} onClick={() => panels.set({ dock: true })} />
      </span>
    </section>
  );
}
