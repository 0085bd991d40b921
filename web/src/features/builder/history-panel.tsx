/** What the workflow was: its versions and the restore points of its draft, to look at, compare and go back to. */
import { useQueryClient } from "@tanstack/react-query";
import { Eye, GitCompareArrows, RotateCcw, Save, Trash2 } from "lucide-react";
import { type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { versions as say } from "~/lib/strings/versions";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Chip } from "~/ui/chip";
import { cx } from "~/ui/cx";
import { Read } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import type { Ask } from "./compare/address.ts";
import { nameOf, type State, useStates, whoOf } from "./compare/use-states.ts";
import type { Wish } from "./page/restore-dialog.tsx";
import type { Draft } from "./page/use-draft.ts";

type Filter = "all" | "version" | "point";

export interface HistoryPanelProps {
  id: string;
  draft: Draft;
  ask: Ask;
  onWish: (wish: Wish) => void;
}

export function HistoryPanel({ id, draft, ask, onWish }: HistoryPanelProps): ReactElement {
  const [filter, setFilter] = useState<Filter>("all");
  const query = useStates(id);
  const compare = (state: string): void => {
    // What is compared is the draft as the server has it.
    void draft.settle().then(() => ask({ from: state, to: "draft" }));
  };
  return (
    <div className="flex flex-col gap-2 px-4 py-2">
      <DraftLine id={id} draft={draft} compare={() => compare("published")} onWish={onWish} />
      <Read query={query} what={say.history.title.toLowerCase()} needs="workflow:read">
        {({ states }) => {
          if (states.length === 0) return <p className="py-2 text-sm text-muted">{say.history.empty}</p>;
          const shown = states.filter((state) => filter === "all" || state.kind === filter);
          return (
            <>
              <Filters filter={filter} onChange={setFilter} />
              <ul className="divide-y divide-line">
                {shown.map((state) => (
                  <Row key={state.state} state={state} onLook={() => ask({ to: state.state })} onCompare={() => compare(state.state)} onRestore={() => onWish(state)} />
                ))}
              </ul>
            </>
          );
        }}
      </Read>
    </div>
  );
}

function DraftLine({ id, draft, compare, onWish }: { id: string; draft: Draft; compare: () => void; onWish: (wish: Wish) => void }): ReactElement {
  const queries = useQueryClient();
  const { saved } = draft;
  const never = (saved?.version ?? null) === null;
  const differs = saved?.differs === true;
  const keep = async (): Promise<void> => {
    await draft.settle();
    await call("POST /api/workflows/{id}/restore-points", { path: { id }, body: { reason: "hand" } });
    await stale(queries, "workflows");
    toast(say.history.kept, { tone: "success" });
  };
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line pb-2">
      <p className="text-sm">
        <span className="font-medium">{say.history.draft}</span> {never ? say.history.never : differs ? say.history.differs : say.history.equal}
      </p>
      <span className="flex flex-wrap gap-2">
        <Button small icon={Save} onClick={() => void keep()}>
          {say.history.keep}
        </Button>
        <Button small icon={GitCompareArrows} unavailable={never ? say.discard.never : null} onClick={compare}>
          {say.publish.see}
        </Button>
        <Button small icon={Trash2} unavailable={never ? say.discard.never : differs ? null : say.discard.same} onClick={() => onWish("discard")}>
          {say.discard.act}
        </Button>
      </span>
    </div>
  );
}

const filters: readonly { id: Filter; label: string }[] = [
  { id: "all", label: say.history.all },
  { id: "version", label: say.history.versions },
  { id: "point", label: say.history.points },
];

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }): ReactElement {
  return (
    <fieldset className="flex gap-0.5 text-xs">
      <legend className="sr-only">{say.history.filter}</legend>
      {filters.map(({ id, label }) => (
        <button key={id} type="button" aria-pressed={filter === id} onClick={() => onChange(id)} className={cx("h-7 rounded px-2.5 font-medium", filter === id ? "bg-accent-soft text-accent" : "text-muted hover:bg-hover")}>
          {label}
        </button>
      ))}
    </fieldset>
  );
}

function Row({ state, onLook, onCompare, onRestore }: { state: State; onLook: () => void; onCompare: () => void; onRestore: () => void }): ReactElement {
  const name = nameOf({ ...state, current: false });
  const about = [state.kind === "point" ? say.state.reason(state.reason ?? "") : "", state.note ?? ""].filter((part) => part !== "").join(" · ");
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5 text-sm">
      <span className="flex min-w-40 flex-1 flex-col">
        <span className="flex flex-wrap items-center gap-2">
          <span className={state.kind === "version" ? "font-medium" : ""}>{name}</span>
          {state.current === true ? <Chip tone="success">{say.history.runs}</Chip> : null}
        </span>
        {about === "" ? null : <span className="text-xs break-words text-muted">{about}</span>}
      </span>
      <span className="text-xs text-muted">
        <RelativeTime at={state.at} /> {say.history.by(whoOf(state))}
      </span>
      <span className="flex gap-1">
        <Button small variant="quiet" icon={Eye} aria-label={`${say.history.look}: ${name}`} onClick={onLook}>
          {say.history.look}
        </Button>
        <Button small variant="quiet" icon={GitCompareArrows} aria-label={`${say.history.compare}: ${name}`} onClick={onCompare}>
          {say.history.compare}
        </Button>
        <Button small variant="quiet" icon={RotateCcw} aria-label={`${say.restore.short}: ${name}`} onClick={onRestore}>
          {say.restore.short}
        </Button>
      </span>
    </li>
  );
}
