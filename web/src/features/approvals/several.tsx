/** Several questions of one kind decided at once, each listed. */
import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { call, reading, stale } from "~/lib/api";
import { approvals as words } from "~/lib/strings/approvals";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Loading } from "~/ui/states";
import { Arguments } from "./arguments.tsx";
import { alike } from "./order.ts";

export function Several({ ids, onDone }: { ids: readonly string[]; onDone: () => void }): ReactElement {
  const queries = useQueryClient();
  const found = useQueries({ queries: ids.map((id) => reading("GET /api/approvals/{id}", { path: { id } })) });
  const items = found.flatMap((each) => each.data?.approval ?? []);
  const whole = items.length === ids.length;
  const same = whole && alike(items);
  const act = useMutation({
    mutationFn: async (decision: "approve" | "reject") => {
      const came = await Promise.allSettled(items.map(({ id, digest }) => call("POST /api/approvals/{id}", { path: { id }, body: { decision, digest } })));
      return { done: came.filter((each) => each.status === "fulfilled").length, failed: came.filter((each) => each.status === "rejected").length };
    },
    onSuccess: ({ done, failed }) => {
      toast(words.severalDone(done, failed), { tone: failed > 0 ? "danger" : "success" });
      onDone();
    },
    onSettled: () => void stale(queries, "approvals", "executions"),
  });
  const refused = !whole ? null : same ? null : words.unlike;
  return (
    <section aria-label={words.several(ids.length)} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-4 py-4 sm:px-6">
        <h2 className="text-xl font-semibold">{words.several(ids.length)}</h2>
        {refused ? <p className="text-sm text-danger">{refused}</p> : null}
        {whole ? null : <Loading />}
        {items.map((item) => (
          <article key={item.id} className="flex flex-col gap-2">
            <h3 className="font-medium">{item.title}</h3>
            <Arguments value={item.arguments} />
          </article>
        ))}
      </div>
      <footer className="flex shrink-0 flex-wrap gap-2 border-t border-line bg-surface px-4 py-3 sm:px-6">
        <Button variant="primary" busy={act.isPending || !whole} unavailable={refused} onClick={() => act.mutate("approve")}>
          {words.severalApprove(ids.length)}
        </Button>
        <Button variant="danger" busy={act.isPending || !whole} unavailable={refused} onClick={() => act.mutate("reject")}>
          {words.severalReject(ids.length)}
        </Button>
      </footer>
    </section>
  );
}
