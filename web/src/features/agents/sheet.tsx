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
import { Checkbox, Field, Input, Select, TextArea } from "~/ui/field";
import { TryOut } from "./try-out.tsx";
import { type Draft, bodyOf, draftOf } from "./draft.ts";

export function AgentSheet({ agent, onClose }: { agent: AgentView | null; onClose: () => void }): ReactElement {
  const may = useMay("agent:write");
  const [draft, setDraft] = useState(() => draftOf(agent));
  const [removing, setRemoving] = useState(false);
  const queries = useQueryClient();
  const done = async (said: string): Promise<void> => {
    await stale(queries, "agents");
    toast(said, { tone: "success" });
    onClose();
  };
  const save = useMutation({
    mutationFn: () => (agent === null ? call("POST /api/agents/config", { body: bodyOf(draft) }) : call("PUT /api/agents/config", { body: { id: agent.id, ...bodyOf(draft), status: draft.active ? "active" : "inactive" } })),
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
  return (
    <Dialog open onClose={onClose} shape="side" title={agent?.name ?? words.create} actions={may ? actions : null}>
      <div className="flex flex-col gap-4 pb-2">
        <Form draft={draft} made={agent !== null} onChange={setDraft} />
        {save.error ? (
          <p role="alert" className="text-sm text-danger">
            {save.error.message}
          </p>
        ) : null}
        {agent === null ? null : <TryOut agent={agent} />}
      </div>
    </Dialog>
  );
}

function Form({ draft, made, onChange }: { draft: Draft; made: boolean; onChange: (draft: Draft) => void }): ReactElement {
  const said = words.fields;
  const set = (part: Partial<Draft>): void => onChange({ ...draft, ...part });
  return (
    <>
      <Field label={said.name} required>
        {(control) => <Input {...control} value={draft.name} maxLength={200} onChange={(event) => set({ name: event.target.value })} />}
      </Field>
      <Field label={said.description}>{(control) => <Input {...control} value={draft.description} onChange={(event) => set({ description: event.target.value })} />}</Field>
      <Field label={said.provider}>
        {(control) => (
          <Select {...control} value={draft.provider} onChange={(event) => set({ provider: event.target.value })}>
            {Object.entries(words.providers).map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {draft.provider === "lyzr" ? (
        <Field label={said.agentId} help={said.agentIdHelp}>
          {(control) => <Input {...control} value={draft.agentId} onChange={(event) => set({ agentId: event.target.value })} />}
        </Field>
      ) : null}
      {draft.provider === "model" ? (
        <Field label={said.model} help={said.modelHelp}>
          {(control) => <Input {...control} value={draft.model} onChange={(event) => set({ model: event.target.value })} />}
        </Field>
      ) : null}
      <Field label={said.instructions}>{(control) => <TextArea {...control} rows={6} value={draft.instructions} onChange={(event) => set({ instructions: event.target.value })} />}</Field>
      <Field label={said.capabilities} help={said.capabilitiesHelp}>
        {(control) => <Input {...control} value={draft.capabilities} onChange={(event) => set({ capabilities: event.target.value })} />}
      </Field>
      {made ? <Checkbox label={said.active} checked={draft.active} onChange={(event) => set({ active: event.target.checked })} /> : null}
    </>
  );
}
