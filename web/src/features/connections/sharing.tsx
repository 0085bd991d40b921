/** Whose runs may use an account; it acts when it is switched. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ConnectionView } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { call, stale } from "~/lib/api";
import { useMay } from "~/lib/session";
import { connections as words } from "~/lib/strings/connections";
import { toast } from "~/lib/toasts";
import { Switch } from "~/ui/switch";

const said = words.sharing;
const everybody = "*";

export function Sharing({ connection }: { connection: ConnectionView }): ReactElement {
  const may = useMay("connection:write");
  const queries = useQueryClient();
  const users = connection.shared_with ?? [];
  const named = users.filter((user) => user !== everybody);
  const share = useMutation({
    mutationFn: (shared: boolean) => call("PUT /api/connections/{id}/sharing", { path: { id: connection.id }, body: { users: shared ? [everybody, ...named] : named } }),
    onSuccess: () => stale(queries, "connections"),
    onError: (error) => toast(error.message, { tone: "danger" }),
  });
  // An account of the workspace has no owner: shared with nobody, no run could use it.
  const fixed = !may || !connection.user_id || share.isPending;
  const help = !connection.user_id ? said.workspace : may ? said.help : said.denied;
  return (
    <section aria-label={said.title}>
      <h3 className="mb-2 font-semibold">{said.title}</h3>
      <Switch label={words.form.shared} help={help} checked={share.isPending ? share.variables : users.includes(everybody)} disabled={fixed} onChange={(shared) => share.mutate(shared)} />
      {named.length === 0 ? null : <p className="mt-2 text-muted">{said.named(named)}</p>}
    </section>
  );
}
