/** What waits for a person: requests to decide, failed runs, connections and triggers in trouble. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ConnectionsAnswer } from "@tenuto/react/api";
import { CircleCheck } from "lucide-react";
import { type ReactElement, type ReactNode, useState } from "react";
import { reading } from "~/lib/api";
import { useApplicationName } from "~/lib/applications";
import { useMay } from "~/lib/session";
import { home } from "~/lib/strings/home";
import { StatusChip, type StatusName } from "~/ui/chip";
import { Failed } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { Loading, Skeleton } from "~/ui/states";

const few = 5;
const week = 7 * 24 * 3_600_000;

interface Item {
  key: string;
  status: StatusName;
  link: ReactNode;
  about?: string | undefined;
  at?: string | null | undefined;
}

const linked = "min-w-0 truncate font-medium hover:underline";

export function Needs(): ReactElement {
  const [since] = useState(() => new Date(Date.now() - week).toISOString());
  const [decides, reads, connects, triggers] = [useMay("approval:decide"), useMay("execution:read"), useMay("connection:read"), useMay("trigger:read")];
  const often = { refetchInterval: 30_000 };
  const requests = useQuery({ ...reading("GET /api/approvals", { query: { whose: "mine", state: "open", limit: few } }), enabled: decides, ...often });
  const failed = useQuery({ ...reading("GET /api/executions", { query: { status: ["failed", "unknown"], since, limit: few } }), enabled: reads, ...often });
  const connected = useQuery({ ...reading<"GET /api/connections", ConnectionsAnswer>("GET /api/connections", { query: { limit: 100 } }), enabled: connects, ...often });
  const triggered = useQuery({ ...reading("GET /api/triggers", { query: { limit: 100 } }), enabled: triggers, ...often });
  const troubled = (connected.data?.connections ?? []).filter((each) => each.status !== "valid").slice(0, few);
  const applicationName = useApplicationName(troubled.length > 0);
  const asked = [requests, failed, connected, triggered];
  const wrong = asked.find((query) => query.error && query.data === undefined);
  const groups: readonly { title: string; items: readonly Item[] }[] = [
    { title: home.approvals, items: (requests.data?.approvals ?? []).map((each) => ({ key: each.id, status: "person", at: each.created_at, link: <Link to="/approvals" search={{ item: each.id }} className={linked}>{each.title}</Link> })) },
    { title: home.failed, items: (failed.data?.executions ?? []).map((run) => ({ key: run.id, status: run.status === "unknown" ? "unknown" : "failed", at: run.finished_at ?? run.created_at, about: run.error?.detail, link: <Link to="/runs/$id" params={{ id: run.id }} className={linked}>{run.workflow_name || home.unnamed}</Link> })) },
    { title: home.connections, items: troubled.map((each) => ({ key: each.id, status: each.status === "expiring" ? "waiting" : "failed", about: each.reason ?? (each.status === "expiring" ? home.expiring : home.attention), link: <Link to="/connections" className={linked}>{home.account(applicationName(each.integration), each.name)}</Link> })) },
    { title: home.triggers, items: (triggered.data?.triggers ?? []).filter((each) => each.state === "late" || each.state === "failing").slice(0, few).map((each) => ({ key: each.id, status: each.state === "late" ? "waiting" : "failed", about: each.says, at: each.last_at, link: <Link to="/triggers" className={linked}>{each.key}</Link> })) },
  ];
  const filled = groups.filter((group) => group.items.length > 0);
  return (
    <section aria-labelledby="needs">
      <h2 id="needs" className="text-lg font-semibold">
        {home.needs}
      </h2>
      {wrong?.error ? (
        <Failed error={wrong.error} what="what needs you" needs="execution:read" onRetry={() => void wrong.refetch()} />
      ) : asked.some((query) => query.isLoading) ? (
        // As high as what is said where nothing needs anybody, so that what stands below does not move.
        <div className="mt-2 min-h-19 sm:min-h-14">
          <Loading>
            <Skeleton className="h-14 w-full" />
          </Loading>
        </div>
      ) : filled.length === 0 ? (
        <p className="mt-2 flex min-h-19 items-center gap-2 rounded-md border border-line bg-surface p-4 text-muted sm:min-h-14">
          <CircleCheck size={18} aria-hidden className="shrink-0 text-success" />
          {home.nothing}
        </p>
      ) : (
        <div className="mt-2 grid gap-3 md:grid-cols-2">
          {filled.map((group) => (
            <Group key={group.title} title={group.title} items={group.items} />
          ))}
        </div>
      )}
    </section>
  );
}

const words: Partial<Record<StatusName, string>> = { person: "Decide", waiting: "Soon" };

function Group({ title, items }: { title: string; items: readonly Item[] }): ReactElement {
  return (
    <div className="min-w-0 rounded-md border border-line bg-surface">
      <h3 className="px-4 pt-3 font-semibold">{title}</h3>
      <ul className="py-1">
        {items.map((item) => (
          <li key={item.key} className="flex min-w-0 items-center gap-3 px-4 py-1.5">
            <StatusChip status={item.status}>{words[item.status]}</StatusChip>
            <div className="flex min-w-0 flex-1 flex-col">
              {item.link}
              {item.about ? <span className="truncate text-xs text-muted">{item.about}</span> : null}
            </div>
            {item.at ? <RelativeTime at={item.at} className="text-xs whitespace-nowrap text-muted" /> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
