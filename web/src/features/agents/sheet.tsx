/** One agent, to be changed, asked, or made. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { AgentView } from "@tenuto/react/api";
import { type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { useMay } from "~/lib/session";
import { agents as words } from "~/lib/strings/agents";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Ask } from "~/ui/ask";
import { Dialog } from "~/ui/dialog";
import { Tabs } from "~/ui/tabs";
import { Chat } from "./chat.tsx";
import { bodyOf, draftOf } from "./draft.ts";
import { Form } from "./form.tsx";

export type View = "setup" | "chat";

export interface AgentSheetProps {
  /** None: one is made. */
  agent: AgentView | null;
  view: View;
  onView: (view: View) => void;
  onClose: () => void;
}

export function AgentSheet({ agent, view, onView, onClose }: AgentSheetProps): ReactElement {
  const may = useMay("agent:write");
  const mayAsk = useMay("agent:ask");
  const [draft, setDraft] = useState(() => draftOf(agent));
  const [removing, setRemoving] = useState(false);
  const queries = useQueryClient();
  const done = async (said: string): Promise<void> => {
    await stale(queries, "agents");
    toast(said, { tone: "success" });
    onClose();
  };
  const save = useMutation({
    mutationFn: () => (agent === null ? call("POST /api/agents/config", { body: bodyOf(draft, agent) }) : call("PUT /api/agents/config", { body: { id: agent.id, ...bodyOf(draft, agent), status: draft.active ? "active" : "inactive" } })),
    onSuccess: () => done(words.saved(draft.name)),
  });
  const remove = useMutation({
    mutationFn: () => call("DELETE /api/agents/config", { query: { id: agent?.id ?? "" } }),
    onSuccess: () => done(words.removed(draft.name)),
  });
  if (removing) {
    return <Ask title={words.removeTitle(draft.name)} about={words.removeAbout} act={words.remove} keep={words.cancel} danger error={remove.error} busy={remove.isPending} onAct={() => remove.mutate()} onClose={() => setRemoving(false)} />;
  }
  const actions = (
    <>
      {agent === null ? null : (
        <Button variant="danger" onClick={() => setRemoving(true)}>
          {words.remove}
        </Button>
      )}
      <Button variant="primary" disabled={draft.name.trim() === ""} busy={save.isPending} onClick={() => save.mutate()}>
        {words.save}
      </Button>
    </>
  );
  const setup = (
    <div className="flex flex-col gap-4 py-3">
      <Form draft={draft} made={agent !== null} onChange={setDraft} />
      {save.error ? (
        <p role="alert" className="text-sm text-danger">
          {save.error.message}
        </p>
      ) : null}
    </div>
  );
  const talks = agent !== null && mayAsk;
  return (
    <Dialog open onClose={onClose} shape="side" title={agent?.name ?? words.create} actions={may && view === "setup" ? actions : null}>
      {talks ? (
        <Tabs
          label={words.views.label}
          value={view}
          onChange={onView}
          className="min-h-full"
          tabs={[
            { id: "setup", label: words.views.setup, content: setup },
            { id: "chat", label: words.views.chat, content: <Chat agent={agent} /> },
          ]}
        />
      ) : (
        setup
      )}
    </Dialog>
  );
}
