/** One step in this run: how it stands, what went in, what came out, every attempt, its events and its definition. */
import { useQuery } from "@tanstack/react-query";
import type { NodeDetail } from "@tenuto/react/api";
import { X } from "lucide-react";
import type { ReactElement } from "react";
import { reading } from "~/lib/api";
import { useAddress } from "~/lib/address";
import { run as words } from "~/lib/strings/run";
import { IconButton } from "~/ui/button";
import { StatusChip } from "~/ui/chip";
import { KindIcon } from "~/ui/kind-icon";
import { ErrorState, Loading } from "~/ui/states";
import { Tabs } from "~/ui/tabs";
import { useNodeState, useRun, useShown, useTicking } from "../context.ts";
import { EventsView } from "../events/events-view.tsx";
import type { Critical } from "../model/critical.ts";
import { lookOf } from "../model/look.ts";
import { Attempts } from "./attempts.tsx";
import { Definition } from "./definition.tsx";
import { ErrorPanel } from "./error-panel.tsx";
import { Facts } from "./facts.tsx";
import { Iterations } from "./iterations.tsx";
import { UnknownPanel } from "./unknown-panel.tsx";
import { ValueView } from "./value-view.tsx";
import { WaitingPanel } from "./waiting-panel.tsx";
import { Writing } from "./writing.tsx";

const tabs = ["output", "input", "attempts", "events", "definition"] as const;
type TabId = (typeof tabs)[number];

export function Inspector({ node, path }: { node: string; path: Critical | null }): ReactElement {
  const { detail, nameOf, select } = useRun();
  const [address, change] = useAddress();
  const { status } = useShown().state;
  const state = useNodeState(node);
  const now = useTicking(state?.status === "running" || state?.status === "retrying");
  const look = lookOf(state, status, now);
  const tab = tabs.find((each) => each === address["tab"]) ?? "output";
  const kind = detail.graph?.nodes.find((each) => each.id === node)?.type ?? "";
  const query = useQuery({
    ...reading("GET /api/executions/{id}/nodes/{node}", { path: { id: detail.id, node } }),
    enabled: state !== undefined,
    // Another answer after each change of the step, and none that belongs to another step.
    queryKey: ["executions", "node", detail.id, node, state?.status, state?.attempt, state?.steps.size, state?.finishedAt, status],
    placeholderData: (before) => (before?.node.id === node ? before : undefined),
  });
  const found = query.data?.node;
  const content = (show: (found: NodeDetail) => ReactElement): ReactElement => {
    if (state === undefined) return <p className="text-sm text-muted">{words.inspector.notReached}</p>;
    if (found) return show(found);
    if (query.error) return <ErrorState message={query.error.message} onRetry={() => void query.refetch()} />;
    return <Loading />;
  };
  const panels: Readonly<Record<TabId, ReactElement>> = {
    output: (
      <div className="flex flex-col gap-4">
        {detail.children?.[node] ? <Iterations node={node} counts={detail.children[node]} /> : null}
        <Writing node={node} />
        {content((each) => (
          <Output found={each} />
        ))}
      </div>
    ),
    input: content((each) => (each.input === null ? <p className="text-sm text-muted">{words.inspector.noInput}</p> : <ValueView value={each.input} label={`${words.inspector.tabs.input}: ${nameOf(node)}`} />)),
    attempts: content((each) => <Attempts detail={each} />),
    events: <EventsView node={node} key={node} />,
    definition: <Definition node={node} />,
  };
  return (
    <aside aria-label={`${words.inspector.label} ${nameOf(node)}`} data-region tabIndex={-1} className="flex min-h-0 flex-1 flex-col bg-surface outline-none">
      <header className="flex items-start gap-2 border-b border-line px-4 py-3">
        <KindIcon kind={kind} className="mt-0.5 shrink-0 text-muted" />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold">{nameOf(node)}</h2>
          <StatusChip status={look.status} className="mt-1 max-w-full truncate">
            {look.word}
          </StatusChip>
        </div>
        <IconButton icon={X} label={words.inspector.close} keys="Esc" small onClick={() => select(null)} />
      </header>
      <Tabs<TabId>
        label={words.inspector.label}
        value={tab}
        onChange={(id) => change({ tab: id })}
        className="min-h-0 flex-1"
        panelClassName="min-h-0 overflow-y-auto outline-none data-[state=active]:flex data-[state=active]:flex-col"
        tabs={tabs.map((id) => ({
          id,
          label: words.inspector.tabs[id],
          ...(id === "attempts" && (state?.attempt ?? 0) > 1 ? { count: state?.attempt } : {}),
          content:
            id === "events" ? (
              panels[id]
            ) : (
              <div className="flex flex-col gap-4 p-4">
                {id === "output" ? <Facts node={node} found={found} path={path} /> : null}
                {panels[id]}
              </div>
            ),
        }))}
      />
    </aside>
  );
}

function Output({ found }: { found: NodeDetail }): ReactElement {
  const { nameOf } = useRun();
  const again = found.status === "retrying" ? found.until : null;
  return (
    <>
      {found.unknown ? <UnknownPanel node={found.id} unknown={found.unknown} /> : null}
      {found.status === "waiting" ? <WaitingPanel found={found} /> : null}
      {found.problem && !found.unknown ? <ErrorPanel problem={found.problem} attempt={found.attempt} at={found.finished_at ?? found.attempts.at(-1)?.ended_at ?? null} again={again} /> : null}
      {found.status === "completed" ? (
        <ValueView value={found.output} label={`${words.inspector.tabs.output}: ${nameOf(found.id)}`} />
      ) : found.problem || found.unknown || found.status === "waiting" ? null : (
        <p className="text-sm text-muted">{words.inspector.noOutput}</p>
      )}
    </>
  );
}
