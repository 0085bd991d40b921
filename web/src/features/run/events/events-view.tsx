/** The log of a run: the newest events first, further ones page by page. */
import { useVirtualizer } from "@tanstack/react-virtual";
import type { ExecutionEvent } from "@tenuto/react/core";
import { type ReactElement, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { count } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { Button } from "~/ui/button";
import { cx } from "~/ui/cx";
import { Select } from "~/ui/field";
import { JsonTree } from "~/ui/json-tree";
import { ErrorState, Loading, NothingFound } from "~/ui/states";
import { useRun, useShown } from "../context.ts";
import { saidOf, titleOf } from "./said.ts";

const closed = 32;
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });

/** With `node`, only what happened to that step. */
export function EventsView({ node }: { node?: string }): ReactElement {
  "use no memo";
  const { store, nameOf, order } = useRun();
  const { state } = useShown();
  const part = useSyncExternalStore(store.history.subscribe, store.history.part);
  const head = useRef(state.head);
  useEffect(() => store.history.open(head.current), [store]);
  const [type, setType] = useState("");
  const [of, setOf] = useState("");
  const step = node ?? of;
  const rows = useMemo(() => part.events.filter((event) => (!type || event.type === type) && (!step || event.node === step)).toReversed(), [part.events, type, step]);
  const types = useMemo(() => [...new Set(part.events.map((event) => event.type))].toSorted(), [part.events]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => closed, getItemKey: (index) => rows[index]?.seq ?? index, overscan: 12 });
  const more = (part.events[0]?.seq ?? 1) > 1;

  if (part.failed && part.events.length === 0) return <ErrorState message={part.failed} onRetry={() => store.history.open(state.head)} />;
  if (part.loading && part.events.length === 0)
    return (
      <div className="p-4">
        <Loading />
      </div>
    );
  const toggle = (seq: number): void => setOpen(new Set(open.has(seq) ? [...open].filter((each) => each !== seq) : [...open, seq]));
  return (
    <section aria-label={words.events.label} className="flex min-h-0 flex-1 flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-3 py-1.5 text-xs">
        <Select aria-label={words.events.filter} value={type} onChange={(event) => setType(event.target.value)} className="!w-44">
          <option value="">{words.events.all}</option>
          {types.map((each) => (
            <option key={each} value={each}>
              {titleOf(each)}
            </option>
          ))}
        </Select>
        {node === undefined ? (
          <Select aria-label={words.events.of} value={of} onChange={(event) => setOf(event.target.value)} className="!w-44">
            <option value="">{words.events.allSteps}</option>
            {order.map((each) => (
              <option key={each} value={each}>
                {nameOf(each)}
              </option>
            ))}
          </Select>
        ) : null}
        <span className="text-muted">{words.events.newest(part.events.length, state.head)}</span>
        {more ? (
          <Button small busy={part.loading} onClick={() => store.history.older()}>
            {words.events.older}
          </Button>
        ) : null}
      </div>
      <div ref={scroller} className="min-h-0 flex-1 overflow-auto">
        {rows.length === 0 ? type || step ? <NothingFound filter={[titleOf(type), step && nameOf(step)].filter(Boolean).join(", ")} onClear={() => (setType(""), setOf(""))} /> : <p className="p-4 text-sm text-muted">{words.events.empty}</p> : null}
        <ol className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const event = rows[item.index];
            return event ? (
              <li key={item.key} ref={virtual.measureElement} data-index={item.index} className="absolute inset-x-0 border-b border-line" style={{ top: item.start }}>
                <Line event={event} name={event.node ? nameOf(event.node) : ""} open={open.has(event.seq)} onToggle={() => toggle(event.seq)} withNode={node === undefined} />
              </li>
            ) : null;
          })}
        </ol>
      </div>
    </section>
  );
}

interface LineProps {
  event: ExecutionEvent;
  name: string;
  open: boolean;
  withNode: boolean;
  onToggle: () => void;
}

function Line({ event, name, open, withNode, onToggle }: LineProps): ReactElement {
  return (
    <>
      <button type="button" aria-expanded={open} onClick={onToggle} className="flex h-8 w-full items-center gap-3 px-3 text-left text-sm -outline-offset-2 hover:bg-hover pointer-coarse:h-11">
        <span className="hidden w-12 shrink-0 text-right text-xs text-muted sm:block">{count(event.seq)}</span>
        <time dateTime={event.at} className="w-24 shrink-0 font-mono text-xs text-muted">
          {time.format(new Date(event.at))}
        </time>
        <span className={cx("w-36 shrink-0 truncate", tone(event.type))}>{titleOf(event.type)}</span>
        {withNode ? <span className="hidden w-36 shrink-0 truncate sm:block">{name}</span> : null}
        <span className="min-w-0 flex-1 truncate text-muted">{saidOf(event)}</span>
      </button>
      {open ? (
        <div className="bg-sunken px-4 py-2 sm:pl-20">
          <JsonTree value={event.data} label={`${words.events.details}: ${titleOf(event.type)}`} />
        </div>
      ) : null}
    </>
  );
}

function tone(type: string): string {
  if (type.endsWith("_failed")) return "font-medium text-state-failed";
  if (type.endsWith("_completed")) return "text-state-done";
  if (type === "node_unknown") return "font-medium text-state-unknown";
  if (type === "node_retrying") return "text-state-retrying";
  if (type.endsWith("_waiting")) return "text-state-waiting";
  return "";
}
