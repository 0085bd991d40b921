/** What a question asks a person to fill in. */
import type { ReactElement, Ref } from "react";
import { approvals as words } from "~/lib/strings/approvals";
import { Chip } from "~/ui/chip";
import { Checkbox, type Control, Field, Input, Select, TextArea } from "~/ui/field";
import type { FormField, Typed } from "./fields.ts";

export interface FormProps {
  fields: readonly FormField[];
  typed: Typed;
  changed: ReadonlySet<string>;
  errors: Readonly<Record<string, string>>;
  onChange: (name: string, value: string | boolean) => void;
  ref?: Ref<HTMLDivElement>;
}

export function Form({ fields, typed, changed, errors, onChange, ref }: FormProps): ReactElement {
  return (
    <div ref={ref} className="flex flex-col gap-4">
      {fields.map((field) =>
        field.kind === "switch" ? (
          <Checkbox key={field.name} label={field.label} checked={typed[field.name] === true} onChange={(event) => onChange(field.name, event.target.checked)} />
        ) : (
          <Field key={field.name} label={field.label} help={field.help} required={field.required} error={errors[field.name]} aside={changed.has(field.name) ? <Chip tone="accent">{words.changed}</Chip> : null}>
            {(control) => <OneControl field={field} control={control} value={String(typed[field.name] ?? "")} onChange={(value) => onChange(field.name, value)} />}
          </Field>
        ),
      )}
    </div>
  );
}

interface OneControlProps {
  field: FormField;
  control: Control;
  value: string;
  onChange: (value: string) => void;
}

function OneControl({ field, control, value, onChange }: OneControlProps): ReactElement {
  const change = (event: { target: { value: string } }): void => onChange(event.target.value);
  switch (field.kind) {
    case "choice":
      return (
        <Select {...control} value={value} onChange={change}>
          <option value="">—</option>
          {field.choices.map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {typeof choice === "string" ? choice : JSON.stringify(choice)}
            </option>
          ))}
        </Select>
      );
    case "number":
      return <Input {...control} inputMode={field.whole ? "numeric" : "decimal"} value={value} onChange={change} />;
    case "long":
      return <TextArea {...control} maxLength={field.limits.maxLength} rows={4} value={value} onChange={change} />;
    case "json":
      return <TextArea {...control} rows={3} spellCheck={false} className="font-mono" value={value} onChange={change} />;
    default:
      return <Input {...control} maxLength={field.limits.maxLength} value={value} onChange={change} />;
  }
}
