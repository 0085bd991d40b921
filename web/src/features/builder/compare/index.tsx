/** Two states of a workflow compared, or one looked at: as one graph, as YAML, and change by change. */
import { ArrowLeft, ArrowLeftRight, ChevronDown, ChevronUp, History } from "lucide-react";
import { type ReactElement, useCallback, useMemo } from "react";
import { shownKeys } from "~/lib/commands";
import { useCommands } from "~/lib/keyboard";
import { usePageCommands } from "~/lib/menu-items";
import { versions as say } from "~/lib/strings/versions";
import { Button, IconButton } from "~/ui/button";
import { cx } from "~/ui/cx";
import { PageFrame } from "~/ui/page-frame";
import { Failed } from "~/ui/read";
import { EmptyState, Loading } from "~/ui/states";
import { useNarrow } from "~/ui/use-narrow";
import { type Catalog, type Difference, type PartChange, unchanged } from "../model/index.ts";
import { type Ask, type Asked } from "./address.ts";
import { ChangeList } from "./change-list.tsx";
import { Details, Unchanged } from "./details.tsx";
import { CompareGraph } from "./graph.tsx";
import { StateSelect } from "./state-select.tsx";
import { TextDiff } from "./text-diff.tsx";
import { nameOf, type OneState, type State, useDifference, useStateOf } from "./use-states.ts";
import { summary, titled } from "./words.ts";

export interface CompareProps {
  id: string;
  name: string;
  catalog: Catalog;
  /** The revision of the draft on the server. */
  rev: number;
  asked: Asked;
  ask: Ask;
  onRestore: (state: State) => void;
}

export function Compare({ id, name, catalog, rev, asked, ask, onRestore }: CompareProps): ReactElement {
  const alone = asked.from === null;
  const small = useNarrow(640);
  const after = useStateOf(id, asked.to, rev);
  const before = useStateOf(id, asked.from ?? asked.to, rev);
  const difference = useDifference(before.data?.document, after.data?.document);
  const target = alone ? after.data?.state : before.data?.state;
  const title = alone && after.data !== undefined ? say.compare.look(nameOf(after.data.state)) : say.compare.title(name);
  const actions = (
    <>
      {alone ? <Button small={small} onClick={() => ask({ from: asked.to, to: "draft" })}>{say.compare.compareDraft}</Button> : null}
      {target === undefined || target.kind === "draft" ? null : (
        <Button small={small} icon={History} onClick={() => onRestore(target)}>
          {say.restore.act(nameOf(target))}
        </Button>
      )}
      <Button small={small} variant="primary" icon={ArrowLeft} onClick={() => ask(null)}>
        {say.compare.back}
      </Button>
    </>
  );
  return (
    <PageFrame fill title={title} status={alone ? <Said text={say.compare.lookAbout} /> : undefined} actions={actions} toolbar={alone ? undefined : <Choice id={id} asked={asked} ask={ask} difference={difference} />}>
      {difference === null ? (
        <Waiting sides={[before, after]} />
      ) : (
        <Shown difference={difference} labels={[before.data, after.data].map((each) => (each === undefined ? "" : nameOf(each.state))) as [string, string]} catalog={catalog} asked={asked} ask={ask} />
      )}
    </PageFrame>
  );
}

function Said({ text }: { text: string }): ReactElement {
  return (
    <span role="status" className="min-w-0 text-sm text-muted">
      {text}
    </span>
  );
}

function Waiting({ sides }: { sides: readonly OneState[] }): ReactElement {
  const failed = sides.find((each) => each.error !== null);
  if (failed?.error) return <Failed error={failed.error} what={say.compare.unread} needs="workflow:read" onRetry={failed.retry} />;
  return (
    <div className="p-6">
      <Loading />
    </div>
  );
}

function Choice({ id, asked, ask, difference }: { id: string; asked: Asked; ask: Ask; difference: Difference | null }): ReactElement {
  const from = asked.from ?? "published";
  return (
    <div className="flex flex-wrap items-end gap-2">
      <StateSelect id={id} label={say.compare.from} value={from} onChange={(state) => ask({ from: state })} />
      <IconButton icon={ArrowLeftRight} label={say.compare.swap} onClick={() => ask({ from: asked.to, to: from })} />
      <StateSelect id={id} label={say.compare.to} value={asked.to} onChange={(state) => ask({ to: state })} />
      <div className="flex min-h-8 min-w-48 flex-1 items-center pl-2">
        <Said text={difference === null ? "" : summary(difference.changes)} />
      </div>
    </div>
  );
}

interface ShownProps {
  difference: Difference;
  labels: [string, string];
  catalog: Catalog;
  asked: Asked;
  ask: Ask;
}

const contexts = ["compare"] as const;

function Shown({ difference, labels, catalog, asked, ask }: ShownProps): ReactElement {
  const { changes } = difference;
  const place = changes.findIndex((change) => change.id === asked.change);
  const chosen = changes[place] ?? null;
  const still = chosen === null ? unchanged(difference, asked.change) : null;
  const choose = useCallback((change: Pick<PartChange, "id">): void => ask({ change: change.id }), [ask]);
  const go = (by: 1 | -1): void => {
    const next = changes[place < 0 ? (by > 0 ? 0 : changes.length - 1) : (place + by + changes.length) % changes.length];
    if (next !== undefined) choose(next);
  };
  useCommands("compare", { "change.next": () => go(1), "change.previous": () => go(-1) });
  usePageCommands(contexts);
  const alone = asked.from === null;
  const centre =
    asked.view === "text" ? <TextDiff before={difference.before} after={difference.after} labels={labels} /> : <CompareGraph difference={difference} catalog={catalog} chosen={asked.change} onChoose={choose} />;
  return (
    <div className="flex h-full min-h-0 flex-1 flex-col overflow-y-auto lg:flex-row lg:overflow-hidden">
      {alone ? null : (
        <nav aria-label={say.compare.list} data-region tabIndex={-1} className="flex shrink-0 flex-col border-line bg-surface max-lg:border-b lg:min-h-0 lg:w-72 lg:overflow-y-auto lg:border-r">
          <Walk place={place} count={changes.length} chosen={chosen} go={go} />
          {changes.length === 0 ? <EmptyState icon={History} title={say.compare.same}>{say.compare.sameAbout}</EmptyState> : <ChangeList changes={changes} chosen={chosen} onChoose={choose} />}
        </nav>
      )}
      <section aria-label={say.compare.views} data-region tabIndex={-1} className="flex min-h-80 min-w-0 flex-1 flex-col outline-none max-lg:h-96 max-lg:flex-none">
        <Views view={asked.view} ask={ask} />
        <div className="min-h-0 flex-1">{centre}</div>
      </section>
      {chosen === null && still === null ? null : (
        <aside aria-label={say.compare.details} data-region tabIndex={-1} className="shrink-0 border-line bg-surface outline-none max-lg:border-t lg:w-100 lg:overflow-y-auto lg:border-l">
          {chosen !== null ? <Details change={chosen} /> : still === null ? null : <Unchanged {...still} alone={alone} />}
        </aside>
      )}
    </div>
  );
}

function Walk({ place, count, chosen, go }: { place: number; count: number; chosen: PartChange | null; go: (by: 1 | -1) => void }): ReactElement | null {
  if (count === 0) return null;
  return (
    <div className="flex items-center justify-between gap-2 border-b border-line px-3 py-1.5">
      <span role="status" className="min-w-0 truncate text-sm">
        {chosen === null ? say.compare.choose : say.compare.place(place + 1, count)}
        {chosen === null ? null : <span className="sr-only">{`: ${titled(chosen)}, ${say.mark[chosen.mark]}`}</span>}
      </span>
      <span className="flex shrink-0">
        <IconButton icon={ChevronUp} label={say.compare.previous} keys={shownKeys("change.previous")} onClick={() => go(-1)} />
        <IconButton icon={ChevronDown} label={say.compare.next} keys={shownKeys("change.next")} onClick={() => go(1)} />
      </span>
    </div>
  );
}

function Views({ view, ask }: { view: Asked["view"]; ask: Ask }): ReactElement {
  const views = useMemo(() => [["canvas", say.compare.canvas], ["text", say.compare.text]] as const, []);
  return (
    <fieldset className="flex shrink-0 items-center gap-0.5 border-b border-line bg-surface px-3 py-1 text-xs">
      <legend className="sr-only">{say.compare.views}</legend>
      {views.map(([id, label]) => (
        <button key={id} type="button" aria-pressed={view === id} className={cx("h-7 rounded px-2.5 font-medium", view === id ? "bg-accent-soft text-accent" : "text-muted hover:bg-hover")} onClick={() => ask({ view: id })}>
          {label}
        </button>
      ))}
    </fieldset>
  );
}
