/** The runs that a map or loop has of its own: a strip of cells, and the steps of the one that is chosen. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ChildCounts, ChildSummary, RangesAnswer } from "@tenuto/react/api";
import { type KeyboardEvent, type ReactElement, useState } from "react";
import { call, reading } from "~/lib/api";
import { useAddress } from "~/lib/address";
import { duration } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { StatusChip, statusLooks, statusOf } from "~/ui/chip";
import { Checkbox, Field, Input } from "~/ui/field";
import { ErrorState, Loading } from "~/ui/states";
import { Strip, type StripItem } from "~/ui/strip";
import { useRun } from "../context.ts";
import { rangeOf } from "../model/ranges.ts";
import { Iteration } from "./iteration.tsx";
import { Ranges } from "./ranges.tsx";

/** Up to so many are all cells; more are ranges first. */
const cells = 200;

const said = words.iterations;

export function Iterations({ node, counts }: { node: string; counts: ChildCounts }): ReactElement {
  const { detail, nameOf } = useRun();
  const [address, change] = useAddress();
  const [failedOnly, setFailedOnly] = useState(false);
  const chosen = chosenOf(address["iteration"], counts.total);
  const going = counts.pending + counts.running > 0;
  const many = counts.total > cells;
  const spread = useQuery({ ...reading("GET /api/executions/{id}/children/ranges", { path: { id: detail.id }, query: { node } }), enabled: many, refetchInterval: going ? 3_000 : false });
  return (
    <section aria-label={said.label(nameOf(node))} className="flex flex-col gap-2 rounded-md border border-line p-3">
      <div className="flex flex-wrap items-center gap-3 text-sm">
        <h3 className="font-semibold">{words.inspector.children}</h3>
        <span>{said.of(counts.completed + counts.failed + counts.cancelled, counts.total, counts.failed)}</span>
        <div className="flex-1" />
        <Checkbox label={said.failed} checked={failedOnly} onChange={(event) => setFailedOnly(event.target.checked)} />
      </div>
      {many ? (
        <Many key={`${node} ${counts.attempt}`} node={node} attempt={counts.attempt} spread={spread.data} error={spread.error} failedOnly={failedOnly} going={going} />
      ) : (
        <Cells node={node} attempt={counts.attempt} first={0} size={cells} failedOnly={failedOnly} going={going} />
      )}
      {chosen === undefined ? null : <Chosen key={chosen} node={node} attempt={counts.attempt} index={chosen} onClose={() => change({ iteration: undefined })} />}
    </section>
  );
}

/** The item of the page's address, if there is such a one. */
function chosenOf(typed: string | undefined, total: number): number | undefined {
  const index = Number(typed ?? "x");
  return Number.isInteger(index) && index >= 0 && index < total ? index : undefined;
}

interface Some {
  node: string;
  attempt: number;
  failedOnly: boolean;
  going: boolean;
}

function Many({ spread, error, ...some }: Some & { spread: RangesAnswer | undefined; error: Error | null }): ReactElement {
  const [address, change] = useAddress();
  const [looked, setLooked] = useState<number | null>(null);
  if (error) return <ErrorState message={error.message} />;
  if (!spread) return <Loading />;
  const { size, total } = spread;
  const first = looked ?? rangeOf(chosenOf(address["iteration"], total) ?? 0, size);
  const go = (event: KeyboardEvent<HTMLInputElement>): void => {
    const index = chosenOf(String(event.currentTarget.valueAsNumber - 1), total);
    if (event.key !== "Enter" || index === undefined) return;
    setLooked(null);
    change({ iteration: String(index) });
  };
  return (
    <>
      <Ranges spread={spread} chosen={first} failedOnly={some.failedOnly} onChoose={setLooked} />
      <div className="flex items-end justify-between gap-2">
        <span className="text-xs text-muted">{said.items(first, Math.min(first + size, total) - 1)}</span>
        <Field label={said.go(total)} className="w-44 text-xs">
          {(control) => <Input {...control} type="number" min={1} max={total} onKeyDown={go} />}
        </Field>
      </div>
      <Cells {...some} first={first} size={size} />
    </>
  );
}

function Cells({ node, attempt, first, size, failedOnly, going }: Some & { first: number; size: number }): ReactElement {
  const { detail } = useRun();
  const [address, change] = useAddress();
  const query = useQuery({
    queryKey: ["executions", "children", detail.id, node, attempt, first, failedOnly],
    queryFn: ({ signal }) => call("GET /api/executions/{id}/children", { path: { id: detail.id }, query: { node, attempt, first, limit: cells, ...(failedOnly ? { status: ["failed" as const] } : {}) }, signal }),
    refetchInterval: going ? 3_000 : false,
  });
  if (query.error) return <ErrorState message={query.error.message} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const children = query.data.children.filter((child) => child.index < first + size);
  if (children.length === 0) return <p className="text-sm text-muted">{failedOnly ? said.none : said.notYet}</p>;
  const choose = (key: string): void => change({ iteration: key === address["iteration"] ? undefined : key });
  return (
    <>
      <Strip label={said.items(first, (children.at(-1) ?? { index: first }).index)} className="max-h-40" items={children.map(cellOf)} chosen={address["iteration"]} onChoose={choose} />
      {children.length === cells && size > cells ? <p className="text-xs text-muted">{said.cut(cells)}</p> : null}
    </>
  );
}

function cellOf({ index, status: state }: ChildSummary): StripItem {
  const status = statusOf(state);
  const { icon: Glyph, word } = statusLooks[status];
  return { key: String(index), name: `${said.item(index)}: ${word}`, content: <Glyph size={14} aria-hidden />, className: colours[status] ?? "" };
}

/** A key of its own for each item: nothing of one is ever shown as another's. */
function Chosen({ node, attempt, index, onClose }: { node: string; attempt: number; index: number; onClose: () => void }): ReactElement {
  const { detail } = useRun();
  const query = useQuery({
    queryKey: ["executions", "children", detail.id, node, attempt, "one", index],
    queryFn: ({ signal }) => call("GET /api/executions/{id}/children", { path: { id: detail.id }, query: { node, attempt, first: index, limit: 1 }, signal }),
    refetchInterval: ({ state }) => (state.data?.children[0]?.finished_at ? false : 3_000),
  });
  const child = query.data?.children.find((each) => each.index === index);
  if (query.error) return <ErrorState message={query.error.message} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return (
    <div className="flex flex-col gap-2 border-t border-line pt-2">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <span className="font-medium">{said.chosen(index)}</span>
        {child ? <StatusChip status={statusOf(child.status)} /> : <span className="text-muted">{said.notYet}</span>}
        <span className="text-xs text-muted">{child?.duration_ms == null ? "" : duration(child.duration_ms)}</span>
        <div className="flex-1" />
        <button type="button" className="text-sm text-accent underline" onClick={onClose}>
          {said.clear}
        </button>
        {child ? (
          <Link to="/runs/$id" params={{ id: child.id }} className="text-sm text-accent underline">
            {said.open}
          </Link>
        ) : null}
      </div>
      {child ? <Iteration id={child.id} status={child.status} /> : null}
    </div>
  );
}

const colours: Readonly<Record<string, string>> = {
  queued: "border-dotted border-state-queued text-state-queued",
  running: "border-state-running text-state-running",
  waiting: "border-dashed border-state-waiting text-state-waiting",
  done: "border-state-done text-state-done",
  failed: "border-2 border-state-failed bg-danger-soft text-state-failed",
  unknown: "border-state-unknown text-state-unknown",
  paused: "border-state-paused text-state-paused",
  cancelled: "border-state-cancelled text-state-cancelled",
};
