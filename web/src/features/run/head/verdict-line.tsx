/** How the run stands in one line; what it used can be looked into; and a sentence now and then for those who listen. */
import { Link } from "@tanstack/react-router";
import { type ReactElement, Suspense, useEffect, useRef, useState } from "react";
import { later } from "~/lib/later";
import { run as words } from "~/lib/strings/run";
import { StatusChip, statusOf } from "~/ui/chip";
import { LongText } from "~/ui/long-text";
import { useRun, useShown, useTicking } from "../context.ts";
import { progressOf } from "../model/progress.ts";
import { timeSpent } from "../model/tracks.ts";
import { type Told, sentence, usage, verdict, worked } from "../model/verdict.ts";

const CostDialog = later(() => import("./cost-dialog.tsx"), "CostDialog");

const patience = 5_000;

export function VerdictLine(): ReactElement {
  const { detail, store, nameOf } = useRun();
  const { state, complete } = useShown();
  const [cost, setCost] = useState(false);
  const going = !["completed", "failed", "cancelled"].includes(state.status);
  const now = useTicking(going);
  const { tracks } = store;
  const started = detail.started_at ?? detail.created_at;
  const told: Told = {
    state,
    progress: progressOf(state, detail.graph),
    nameOf,
    trigger: detail.trigger,
    startedAt: tracks.startedAt ?? Date.parse(started),
    endedAt: tracks.endedAt ?? (detail.finished_at ? Date.parse(detail.finished_at) : null),
    spent: complete ? timeSpent(tracks, now) : null,
    now,
  };
  const [first, ...rest] = verdict(told);
  const money = usage(state.usage);
  const work = worked(told.spent);
  const { finished, reachable } = told.progress;
  return (
    <div className="flex shrink-0 flex-col gap-1 border-b border-line bg-surface px-4 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <StatusChip status={statusOf(state.status === "compensating" ? "running" : state.status)}>{words.state[state.status]}</StatusChip>
        <LongText text={first ?? ""} lines={3} className="min-w-0 font-medium" />
        <p className="parts text-muted">
          {rest.map((each) => (
            <span key={each}>{each}</span>
          ))}
          {money.length > 0 ? (
            <button type="button" className="underline decoration-dotted hover:text-ink" title={words.cost.open} onClick={() => setCost(true)}>
              {money.join(" · ")}
            </button>
          ) : null}
          {work ? <span>{work}</span> : null}
        </p>
        {detail.forked_from ? <Origin said={words.forked(nameOf(detail.forked_from.node))} id={detail.forked_from.execution} /> : null}
        {detail.replay_of ? <Origin said={words.replayed(detail.replay_of.against)} id={detail.replay_of.execution} /> : null}
        {detail.parent ? <Origin said={`${words.iterations.parent} (${words.iterations.item(detail.parent.index)})`} id={detail.parent.id} /> : null}
      </div>
      {going ? <progress aria-label={words.verdict.steps(finished, reachable)} max={Math.max(1, reachable)} value={finished} className="run-progress h-1 w-full" /> : null}
      <Spoken text={words.spoken(finished, reachable, `${sentence({ ...told, now: 0 })}.`)} />
      <Suspense fallback={null}>{cost ? <CostDialog onClose={() => setCost(false)} /> : null}</Suspense>
    </div>
  );
}

function Origin({ said, id }: { said: string; id: string }): ReactElement {
  return (
    <Link to="/runs/$id" params={{ id }} className="text-xs text-accent underline">
      {said} {id.slice(0, 8)}
    </Link>
  );
}

/** At most one sentence in five seconds, so that nobody who listens is talked over. */
function Spoken({ text }: { text: string }): ReactElement {
  const [said, setSaid] = useState("");
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + patience - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSaid(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}
