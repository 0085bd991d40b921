/** A text that can also be chosen from what the connected application lists: channels, repositories, calendars. */
import { ChevronsUpDown } from "lucide-react";
import { type ReactElement, useId, useState } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { IconButton } from "~/ui/button.tsx";
import { type Control, Input } from "~/ui/field.tsx";
import type { Field } from "../form/fields.ts";
import { plainText } from "../form/plain.ts";
import type { Json, Path } from "../model/index.ts";
import { type Option, useChange, useForm } from "./form-context.tsx";

type State = { readonly kind: "closed" } | { readonly kind: "loading" } | { readonly kind: "open"; readonly options: readonly Option[] } | { readonly kind: "failed"; readonly why: string };

export function OptionsControl({ field, path, value, control }: { field: Field; path: Path; value: Json | undefined; control: Control }): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const [state, setState] = useState<State>({ kind: "closed" });
  const list = useId();
  const text = plainText(value);
  const load = async (): Promise<void> => {
    if (form.options === null) return;
    setState({ kind: "loading" });
    try {
      setState({ kind: "open", options: await form.options(field.name) });
    } catch (error) {
      setState({ kind: "failed", why: error instanceof Error ? error.message : words.options.failed });
    }
  };
  return (
    <>
      <div className="flex gap-1">
        <Input
          {...control}
          list={list}
          readOnly={form.readOnly}
          value={text}
          placeholder={typeof field.example === "string" ? field.example : undefined}
          onChange={(event) => change(event.target.value === "" ? undefined : event.target.value)}
          onBlur={() => form.dispatch({ type: "rest" })}
        />
        <IconButton icon={ChevronsUpDown} variant="secondary" label={words.options.load(field.label)} onClick={() => void load()} />
      </div>
      {state.kind === "open" && state.options.length > 0 ? <Choices label={field.label} options={state.options} value={value} onChoose={(next) => (change(next), setState({ kind: "closed" }))} /> : null}
      <p role="status" className="text-xs text-muted">
        {state.kind === "loading" ? words.options.loading : state.kind === "failed" ? state.why : state.kind === "open" && state.options.length === 0 ? words.options.none : ""}
      </p>
    </>
  );
}

function Choices({ label, options, value, onChoose }: { label: string; options: readonly Option[]; value: Json | undefined; onChoose: (value: Json) => void }): ReactElement {
  return (
    <ul aria-label={words.options.of(label)} className="max-h-48 overflow-y-auto rounded border border-line bg-surface p-1">
      {options.map((option) => (
        <li key={JSON.stringify(option.value)}>
          <button type="button" aria-pressed={option.value === value} className="w-full rounded-sm px-2 py-1 text-left text-sm hover:bg-hover aria-pressed:bg-accent-soft" onClick={() => onChoose(option.value)}>
            {option.label} <span className="font-mono text-xs text-muted">{plainText(option.value)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
