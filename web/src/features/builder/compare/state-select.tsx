/** Chooses a state: the draft, a version, or a restore point. */
import type { ReactElement } from "react";
import { versions as say } from "~/lib/strings/versions";
import { exactly } from "~/lib/format";
import { Field, Select } from "~/ui/field";
import { nameOf, type State, useStates } from "./use-states.ts";

export interface StateSelectProps {
  id: string;
  label: string;
  value: string;
  onChange: (state: string) => void;
}

export function StateSelect({ id, label, value, onChange }: StateSelectProps): ReactElement {
  const states = useStates(id).data?.states ?? [];
  const of = (kind: State["kind"]): readonly State[] => states.filter((state) => state.kind === kind);
  const current = states.find((state) => state.current)?.state;
  const shown = value === "published" ? (current ?? value) : value;
  const known = shown === "draft" || states.some((state) => state.state === shown);
  return (
    <Field label={label} className="w-64 max-w-full">
      {(control) => (
        <Select {...control} value={shown} onChange={(event) => onChange(event.target.value)}>
          {known ? null : <option value={shown}>{shown}</option>}
          <option value="draft">{say.state.draft}</option>
          <Group label={say.history.versions} states={of("version")} />
          <Group label={say.history.points} states={of("point")} />
        </Select>
      )}
    </Field>
  );
}

function Group({ label, states }: { label: string; states: readonly State[] }): ReactElement | null {
  if (states.length === 0) return null;
  return (
    <optgroup label={label}>
      {states.map((state) => (
        <option key={state.state} value={state.state}>
          {[nameOf(state), state.note ?? exactly(state.at)].join(" · ")}
        </option>
      ))}
    </optgroup>
  );
}
