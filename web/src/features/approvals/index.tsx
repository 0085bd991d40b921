/** Approvals: what people are asked; decided by mouse, finger or keyboard. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { BadgeCheck, ChevronLeft } from "lucide-react";
import { type ReactElement, useState } from "react";
import { useAddress } from "~/lib/address";
import { Problem, call, reading } from "~/lib/api";
import { useCommands } from "~/lib/keyboard";
import { useMay } from "~/lib/session";
import { approvals as words } from "~/lib/strings/approvals";
import { Button } from "~/ui/button";
import { cx } from "~/ui/cx";
import { PageFrame } from "~/ui/page-frame";
import { Failed } from "~/ui/read";
import { SearchBox } from "~/ui/search-box";
import { EmptyState, ErrorState, Loading, NothingFound } from "~/ui/states";
import { useNarrow } from "~/ui/use-narrow";
import { Detail } from "./detail.tsx";
import { Inbox } from "./inbox.tsx";
import { after, sorted } from "./order.ts";
import { Several } from "./several.tsx";

type Group = "mine" | "all" | "decided";
const page = 50;
const freshness = 5_000;

/** Whose questions are shown: one's own, all where that is allowed, or those that are decided. */
function groupOf(asked: string | undefined, may: boolean): Group {
  return asked === "decided" || (asked === "all" && may) ? asked : "mine";
}

function useInbox(group: Group, search: string, may: boolean) {
  return useInfiniteQuery({
    queryKey: ["approvals", "inbox", group, search],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/approvals", { query: { whose: group === "mine" ? "mine" : may ? "all" : "mine", state: group === "decided" ? "decided" : "open", search: search || null, limit: page, cursor: pageParam }, signal }),
    getNextPageParam: (last) => last.next ?? null,
    placeholderData: keepPreviousData,
    refetchInterval: freshness,
  });
}

export function Page(): ReactElement {
  const [address, change] = useAddress();
  const may = useMay("execution:read");
  const group = groupOf(address["group"], may);
  const narrow = useNarrow(768);
  const [search, setSearch] = useState("");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const query = useInbox(group, search, may);
  const items = sorted(query.data?.pages.flatMap((each) => each.approvals) ?? [], group === "decided");
  const current = address["item"] ?? (narrow ? null : (items[0]?.id ?? null));
  const chosen = [...selected].filter((id) => items.some((item) => item.id === id));
  const open = (id: string | null): void => change({ item: id ?? undefined }, { push: narrow && id !== null });
  const move = (by: 1 | -1): void => {
    const next = items[items.findIndex((item) => item.id === current) + by];
    if (!next) return;
    open(next.id);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-item="${CSS.escape(next.id)}"]`)?.focus());
  };
  useCommands("approval", { "approval.next": () => move(1), "approval.previous": () => move(-1) });
  const select = (id: string): void => setSelected(new Set(selected.has(id) ? [...selected].filter((each) => each !== id) : [...selected, id]));

  const inbox =
    items.length > 0 ? (
      <Inbox items={items} current={current} selected={selected} onOpen={open} onSelect={select} />
    ) : (
      <Without pending={query.isPending} error={query.error} group={group} search={search} onClear={() => setSearch("")} onRetry={() => void query.refetch()} />
    );
  const list = (
    <div className={cx("flex min-h-0 flex-col bg-surface", narrow ? "min-w-0 flex-1" : "w-[360px] shrink-0 border-r border-line")}>
      {inbox}
      {query.hasNextPage ? (
        <Button small className="m-2" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {words.more}
        </Button>
      ) : null}
    </div>
  );
  const detail =
    chosen.length > 1 ? (
      <Several ids={chosen} onDone={() => setSelected(new Set())} />
    ) : current ? (
      <One key={current} id={current} onDone={() => open(narrow ? null : after(items, current))} />
    ) : items.length > 0 ? (
      <p className="p-6 text-sm text-muted">{words.choose}</p>
    ) : null;
  return (
    <PageFrame
      title={words.title}
      toolbar={
        <>
          <Groups group={group} may={may} onChange={(next) => change({ group: next, item: undefined })} />
          <SearchBox label={words.search} value={search} onChange={setSearch} className="w-full sm:w-72" />
        </>
      }
      fill
    >
      <div className="flex min-h-0 flex-1">
        {narrow && (address["item"] || chosen.length > 1) ? (
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <Button small variant="quiet" icon={ChevronLeft} className="m-2 self-start" onClick={() => (setSelected(new Set()), open(null))}>
              {words.back}
            </Button>
            {detail}
          </div>
        ) : (
          <>
            {list}
            {narrow ? null : <div className="flex min-h-0 min-w-0 flex-1 flex-col">{detail}</div>}
          </>
        )}
      </div>
    </PageFrame>
  );
}

function Groups({ group, may, onChange }: { group: Group; may: boolean; onChange: (group: Group) => void }): ReactElement {
  const groups: readonly Group[] = may ? ["mine", "all", "decided"] : ["mine", "decided"];
  return (
    <div role="group" aria-label={words.groupLabel} className="flex gap-1">
      {groups.map((each) => (
        <Button key={each} small variant="quiet" pressed={group === each} onClick={() => onChange(each)}>
          {words.groups[each]}
        </Button>
      ))}
    </div>
  );
}

interface WithoutProps {
  pending: boolean;
  error: Error | null;
  group: Group;
  search: string;
  onClear: () => void;
  onRetry: () => void;
}

/** What stands in the place of the list while it has nothing. */
function Without({ pending, error, group, search, onClear, onRetry }: WithoutProps): ReactElement {
  if (pending)
    return (
      <div className="p-4">
        <Loading />
      </div>
    );
  if (error) return <Unreadable error={error} onRetry={onRetry} />;
  return search ? <NothingFound filter={words.filtered(search)} onClear={onClear} /> : <Nothing group={group} />;
}

function One({ id, onDone }: { id: string; onDone: () => void }): ReactElement {
  const query = useQuery({ ...reading("GET /api/approvals/{id}", { path: { id } }), placeholderData: undefined as never, refetchInterval: freshness });
  if (query.data) return <Detail key={`${id} ${query.data.approval.digest}`} approval={query.data.approval} onDone={onDone} />;
  if (query.error) return <Unreadable error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className="p-6">
      <Loading />
    </div>
  );
}

function Nothing({ group }: { group: Group }): ReactElement {
  const decided = group === "decided";
  return (
    <EmptyState icon={BadgeCheck} title={decided ? words.none.decided : words.none.title}>
      {decided ? words.none.decidedAbout : words.none.about}
    </EmptyState>
  );
}

function Unreadable({ error, onRetry }: { error: Error; onRetry: () => void }): ReactElement {
  if (error instanceof Problem && error.status === 404) return <ErrorState message={words.gone} />;
  return <Failed error={error} what="approvals" needs="approval:decide" onRetry={onRetry} />;
}
