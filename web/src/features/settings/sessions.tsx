/** The browsers in which one is signed in; each can be signed out. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { call, reading, stale } from "~/lib/api";
import { exactly } from "~/lib/format";
import { settings } from "~/lib/strings/settings";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Card } from "~/ui/card";
import { Chip } from "~/ui/chip";
import { Failed } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { Loading } from "~/ui/states";

export function Sessions(): ReactElement {
  const queries = useQueryClient();
  const found = useQuery(reading("GET /api/auth/sessions"));
  const ending = useMutation({
    mutationFn: (id: string) => call("DELETE /api/auth/sessions/{id}", { path: { id } }),
    onSuccess: async () => {
      toast(settings.ended, { tone: "success" });
      await stale(queries, "auth");
    },
    onError: (error) => toast(error.message, { tone: "danger" }),
  });
  return (
    <Card title={settings.sessions} about={settings.sessionsAbout}>
      {found.data === undefined ? (
        found.error ? (
          <Failed error={found.error} what="your sessions" needs="known" onRetry={() => void found.refetch()} />
        ) : (
          <Loading />
        )
      ) : (
        <ul className="divide-y divide-line">
          {found.data.sessions.map((session) => (
            <li key={session.id} className="flex flex-wrap items-center gap-3 py-2">
              <span className="flex-1">
                {settings.began} <RelativeTime at={session.created_at} /> · {settings.seen} <RelativeTime at={session.seen_at} />
              </span>
              {session.current ? (
                <Chip tone="accent">{settings.current}</Chip>
              ) : (
                <Button small aria-label={settings.endLabel(exactly(session.created_at))} busy={ending.isPending && ending.variables === session.id} onClick={() => ending.mutate(session.id)}>
                  {settings.end}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
