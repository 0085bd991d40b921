/** What a test is started with: a field for each thing that the workflow reads of its input, or all of it as JSON. */
import type { Planned } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { trials as say } from "~/lib/strings/trials";
import { Button } from "~/ui/button";
import { Field, TextArea } from "~/ui/field";
import { parsed, shownJson } from "./json-text.ts";

/** What was typed: texts by field, or one text of JSON. */
export type Given = { readonly kind: "fields"; readonly texts: Readonly<Record<string, string>> } | { readonly kind: "json"; readonly text: string };

/** The input that was filled in; null where it is no JSON. */
export function givenBy(plan: Planned, given: Given | null): { readonly value: unknown } | null {
  if (given === null) return { value: plan.input };
  if (given.kind === "json") return parsed(given.text);
  const before = objectOf(plan.input);
  const changed = Object.entries(given.texts).map(([name, text]) => [name, valueOf(text, before[name])] as const);
  return { value: { ...before, ...Object.fromEntries(changed) } };
}

export function InputForm({ plan, given, onChange }: { plan: Planned; given: Given | null; onChange: (given: Given) => void }): ReactElement {
  const fields = fieldsOf(plan);
  if (given?.kind === "json" || fields.length === 0) {
    const text = given?.kind === "json" ? given.text : shownJson(plan.input);
    return (
      <div className="flex flex-col items-start gap-2">
        <Field label={say.run.input} help={say.run.inputHelp} error={parsed(text) === null ? say.step.notJson : undefined} className="w-full">
          {(control) => <TextArea {...control} rows={6} spellCheck={false} value={text} className="font-mono text-mono" onChange={(event) => onChange({ kind: "json", text: event.target.value })} />}
        </Field>
        {fields.length > 0 && parsed(text) !== null ? (
          <Button small variant="quiet" onClick={() => onChange({ kind: "fields", texts: textsOf(parsed(text)?.value) })}>
            {say.run.asForm}
          </Button>
        ) : null}
      </div>
    );
  }
  const texts = given?.texts ?? {};
  const before = textsOf(plan.input);
  return (
    <div className="flex flex-col items-start gap-3">
      {fields.map(({ name, about }) => (
        <Field key={name} label={name} help={about} className="w-full">
          {(control) => <TextArea {...control} rows={1} value={texts[name] ?? before[name] ?? ""} onChange={(event) => onChange({ kind: "fields", texts: { ...texts, [name]: event.target.value } })} />}
        </Field>
      ))}
      <Button small variant="quiet" onClick={() => onChange({ kind: "json", text: shownJson(givenBy(plan, given)?.value) })}>
        {say.run.asJson}
      </Button>
    </div>
  );
}

function fieldsOf(plan: Planned): { name: string; about: string | undefined }[] {
  if (plan.input !== null && (typeof plan.input !== "object" || Array.isArray(plan.input))) return [];
  return Object.entries(objectOf(plan.input_schema["properties"])).map(([name, schema]) => {
    const about = objectOf(schema)["description"];
    return { name, about: typeof about === "string" ? about : undefined };
  });
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, each]) => [name, typeof each === "string" ? each : shownJson(each)]));
}

/** A text stays one where one was before; elsewhere what can be read as a number, a list or an object is that. */
function valueOf(text: string, before: unknown): unknown {
  if (typeof before === "string" && !/^\s*[[{]/.test(text) && !/^\s*-?\d+(\.\d+)?\s*$/.test(text)) return text;
  if (text.trim() === "") return text;
  return parsed(text)?.value ?? text;
}
