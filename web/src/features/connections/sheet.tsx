/** One account: what it may do, who uses it, and whether the vendor still accepts it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ConnectionView } from "@tenuto/react/api";
import { type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { useApplicationName } from "~/lib/applications";
import { useMay } from "~/lib/session";
import { connections as words } from "~/lib/strings/connections";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Ask } from "~/ui/ask";
import { Dialog } from "~/ui/dialog";
import { Sharing } from "./sharing.tsx";

const said = words.sheet;

export function Sheet({ connection, onAgain, onClose }: { connection: ConnectionView; onAgain: () => void; onClose: () => void }): ReactElement {
  const may = useMay("connection:write");
  const applicationName = useApplicationName();
  const [removing, setRemoving] = useState(false);
  const queries = useQueryClient();
  const failed = (error: Error): void => toast(error.message, { tone: "danger" });
  const path = { id: connection.id };
  const test = useMutation({
    mutationFn: () => call("POST /api/connections/{id}/test", { path }),
    onSuccess: async ({ works }) => {
      toast(works === null ? said.unasked : works ? said.works : said.refused, { tone: works === false ? "danger" : works ? "success" : "plain" });
      await stale(queries, "connections");
    },
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: () => call("DELETE /api/connections/{id}", { path }),
    onSuccess: async () => {
      await stale(queries, "connections");
      toast(said.removed);
      onClose();
    },
  });
  if (removing) {
    return <Ask title={said.removeTitle(connection.name)} about={said.removeAbout} act={said.remove} keep={said.cancel} danger error={remove.error} busy={remove.isPending} onAct={() => remove.mutate()} onClose={() => setRemoving(false)} />;
  }
  const actions = (
    <>
      <Button variant="danger" onClick={() => setRemoving(true)}>
        {said.remove}
      </Button>
      <Button onClick={onAgain}>{said.again}</Button>
      <Button variant="primary" busy={test.isPending} onClick={() => test.mutate()}>
        {said.test}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} shape="side" title={connection.name} about={said.about(connection.account ?? connection.name, applicationName(connection.integration))} actions={may ? actions : null}>
      <About connection={connection} />
    </Dialog>
  );
}

function About({ connection }: { connection: ConnectionView }): ReactElement {
  const { scopes = [], workflows = [] } = connection;
  return (
      <div className="flex flex-col gap-5 text-sm">
        {connection.reason ? <p className="text-danger">{connection.reason}</p> : null}
        {scopes.length === 0 ? null : (
          <section aria-label={said.scopes}>
            <h3 className="mb-1 font-semibold">{said.scopes}</h3>
            <ul className="list-disc pl-5 font-mono text-mono">
              {scopes.map((scope) => (
                <li key={scope}>{scope}</li>
              ))}
            </ul>
          </section>
        )}
        <Sharing connection={connection} />
        <section aria-label={said.used}>
          <h3 className="mb-1 font-semibold">{said.used}</h3>
          {workflows.length === 0 ? <p className="text-muted">{words.nobody}</p> : <p className="mb-1 text-muted">{said.stop}</p>}
          <ul className="flex flex-col gap-1">
            {workflows.map((each) => (
              <li key={each.id}>
                <Link to="/workflows/$id" params={{ id: each.id }} className="text-accent underline">
                  {each.name || each.id}
                </Link>
              </li>
            ))}
          </ul>
        </section>
        <p className="text-muted">{said.made(connection.made_by ?? "")}</p>
      </div>
  );
}
