/** The keys of programs: made, shown once, revoked. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Key } from "@tenuto/react/api";
import { Plus } from "lucide-react";
import { type ReactElement, useState } from "react";
import { call, reading, stale } from "~/lib/api";
import { settings } from "~/lib/strings/settings";
import { Ask } from "~/ui/ask";
import { Button } from "~/ui/button";
import { Card } from "~/ui/card";
import { Chip } from "~/ui/chip";
import { Failed } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { Loading } from "~/ui/states";
import { NewKey } from "./new-key.tsx";

export function Keys(): ReactElement {
  const found = useQuery(reading("GET /api/keys", { query: { limit: 100 } }));
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  return (
    <Card
      title={settings.keys}
      about={settings.keysAbout}
      actions={
        <Button icon={Plus} onClick={() => setMaking(true)}>
          {settings.newKey}
        </Button>
      }
    >
      {found.data === undefined ? (
        found.error ? (
          <Failed error={found.error} what="API keys" needs="key:manage" onRetry={() => void found.refetch()} />
        ) : (
          <Loading />
        )
      ) : found.data.keys.length === 0 ? (
        <p className="text-muted">{settings.noKeys}</p>
      ) : (
        <ul className="divide-y divide-line">
          {found.data.keys.map((key) => (
            <Row key={key.id} value={key} onRevoke={() => setRevoking(key)} />
          ))}
        </ul>
      )}
      {making ? <NewKey onClose={() => setMaking(false)} /> : null}
      {revoking ? <Revoke value={revoking} onClose={() => setRevoking(null)} /> : null}
    </Card>
  );
}

function Row({ value, onRevoke }: { value: Key; onRevoke: () => void }): ReactElement {
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-40 flex-1 wrap-anywhere">
        <span className="font-medium">{value.name}</span> <code className="font-mono text-mono text-muted">{value.prefix}…</code>
        <span className="block text-xs text-muted">
          {settings.roles[value.role]} · {settings.used} <RelativeTime at={value.last_used_at} otherwise={settings.unused} />
        </span>
      </span>
      {value.revoked_at ? (
        <Chip>{settings.revoked}</Chip>
      ) : (
        <Button small aria-label={settings.revokeLabel(value.name)} onClick={onRevoke}>
          {settings.revoke}
        </Button>
      )}
    </li>
  );
}

function Revoke({ value, onClose }: { value: Key; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => call("DELETE /api/keys/{id}", { path: { id: value.id } }),
    onSuccess: async () => {
      await stale(queries, "keys");
      onClose();
    },
  });
  return (
    <Ask
      title={settings.revokeLabel(value.name)}
      about={settings.revokeAbout}
      act={settings.revoke}
      keep={settings.cancel}
      danger
      error={revoking.error}
      busy={revoking.isPending}
      onAct={() => revoking.mutate()}
      onClose={onClose}
    />
  );
}
