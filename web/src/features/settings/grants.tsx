/** The applications that may act for the one who looks: what each may do, and the end of it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Grant } from "@tenuto/react/api";
import { type ReactElement, useState } from "react";
import { call, reading, stale } from "~/lib/api";
import { grants as words } from "~/lib/strings/members";
import { toast } from "~/lib/toasts";
import { Ask } from "~/ui/ask";
import { Button } from "~/ui/button";
import { Card } from "~/ui/card";
import { Chip } from "~/ui/chip";
import { Read } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";

export function Grants(): ReactElement {
  const query = useQuery(reading("GET /api/grants", { query: { limit: 100 } }));
  const [ending, setEnding] = useState<Grant | null>(null);
  return (
    <Card title={words.title} about={words.about}>
      <Read query={query} what={words.what} needs="known">
        {({ grants }) =>
          grants.length === 0 ? (
            <p className="text-muted">{words.none}</p>
          ) : (
            <ul className="divide-y divide-line">
              {grants.map((grant) => (
                <Row key={grant.id} grant={grant} onEnd={() => setEnding(grant)} />
              ))}
            </ul>
          )
        }
      </Read>
      {ending ? <End grant={ending} onClose={() => setEnding(null)} /> : null}
    </Card>
  );
}

function Row({ grant, onEnd }: { grant: Grant; onEnd: () => void }): ReactElement {
  return (
    <li aria-label={grant.name} className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-40 flex-1 wrap-anywhere">
        <span className="font-medium">{grant.name}</span>
        <span className="block text-xs break-words text-muted">{grant.scopes.join(", ")}</span>
        <span className="block text-xs text-muted">
          {words.allowed} <RelativeTime at={grant.created_at} /> · {words.used} <RelativeTime at={grant.used_at ?? null} otherwise={words.unused} />
        </span>
      </span>
      {grant.ended_at ? (
        <Chip>{words.ended}</Chip>
      ) : (
        <Button small aria-label={words.endLabel(grant.name)} onClick={onEnd}>
          {words.end}
        </Button>
      )}
    </li>
  );
}

function End({ grant, onClose }: { grant: Grant; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const ending = useMutation({
    mutationFn: () => call("DELETE /api/grants/{id}", { path: { id: grant.id } }),
    onSuccess: async () => {
      toast(words.isEnded(grant.name), { tone: "success" });
      onClose();
      await stale(queries, "grants");
    },
  });
  return <Ask title={words.endLabel(grant.name)} about={words.endAbout} act={words.end} keep={words.keep} danger error={ending.error} busy={ending.isPending} onAct={() => ending.mutate()} onClose={onClose} />;
}
