/** What an agent is. */
import type { ReactElement } from "react";
import { agents as words } from "~/lib/strings/agents";
import { Checkbox, Field, Input, Select, TextArea } from "~/ui/field";
import type { Draft } from "./draft.ts";
import { Tools } from "./tools.tsx";

export interface FormProps {
  draft: Draft;
  /** Whether it exists already, and so can be switched off. */
  made: boolean;
  onChange: (draft: Draft) => void;
}

export function Form({ draft, made, onChange }: FormProps): ReactElement {
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
        <Field label={said.agentId} help={said.agentIdHelp} required>
          {(control) => <Input {...control} value={draft.agentId} onChange={(event) => set({ agentId: event.target.value })} />}
        </Field>
      ) : null}
      {draft.provider === "model" ? <Model draft={draft} set={set} /> : null}
      <Field label={said.instructions}>{(control) => <TextArea {...control} rows={6} value={draft.instructions} onChange={(event) => set({ instructions: event.target.value })} />}</Field>
      <Tools tools={draft.tools} approve={draft.approve} onChange={set} />
      <Field label={said.capabilities} help={said.capabilitiesHelp}>
        {(control) => <Input {...control} value={draft.capabilities} onChange={(event) => set({ capabilities: event.target.value })} />}
      </Field>
      {made ? <Checkbox label={said.active} checked={draft.active} onChange={(event) => set({ active: event.target.checked })} /> : null}
    </>
  );
}

function Model({ draft, set }: { draft: Draft; set: (part: Partial<Draft>) => void }): ReactElement {
  const said = words.fields;
  return (
    <>
      <Field label={said.model} help={said.modelHelp} required>
        {(control) => <Input {...control} value={draft.model} onChange={(event) => set({ model: event.target.value })} />}
      </Field>
      <div className="grid grid-cols-3 items-start gap-3">
        <Field label={said.temperature} help={said.temperatureHelp}>
          {(control) => <Input {...control} type="number" inputMode="decimal" min={0} max={2} step={0.1} value={draft.temperature} onChange={(event) => set({ temperature: event.target.value })} />}
        </Field>
        <Field label={said.maxTokens} help={said.maxTokensHelp}>
          {(control) => <Input {...control} type="number" inputMode="numeric" min={1} step={1} value={draft.maxTokens} onChange={(event) => set({ maxTokens: event.target.value })} />}
        </Field>
        <Field label={said.thinking}>
          {(control) => (
            <Select {...control} value={draft.thinking} onChange={(event) => set({ thinking: event.target.value })}>
              {Object.entries(words.thinking).map(([key, name]) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
    </>
  );
}
