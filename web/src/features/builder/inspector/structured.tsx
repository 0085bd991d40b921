/** Controls for values with parts: lists of texts, names with values, objects, lists of objects, and anything as JSON. */
import { Plus, Trash2 } from "lucide-react";
import { type ReactElement, useState } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { type Control, Input } from "~/ui/field.tsx";
import type { Field } from "../form/fields.ts";
import { exampleOf } from "../form/schema.ts";
import type { Json, JsonObject, Path } from "../model/index.ts";
import { CodeArea } from "./code-area.tsx";
import { type DrawRow, useChange, useForm } from "./form-context.tsx";

interface PartProps {
  readonly field: Field;
  readonly path: Path;
  readonly value: Json | undefined;
  readonly control: Control;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Each text on a line of its own, with a button to take it out. */
export function TextsControl({ field, path, value, control }: PartProps): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const items = listOf(value);
  const set = (next: readonly Json[]): void => change(next.length === 0 ? undefined : next);
  return (
    <div role="group" aria-label={field.label} id={control.id} className="flex flex-col gap-1">
      {items.map((item, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- texts may be equal, and have nothing else that tells them apart
        <div key={index} className="flex items-start gap-1">
          <CodeArea
            control={{ id: `${control.id}-${index}` }}
            label={words.item(field.label, index + 1)}
            value={typeof item === "string" ? item : JSON.stringify(item)}
            language="template"
            oneLine
            readOnly={form.readOnly}
            around={form.around}
            onChange={(text) => set(items.with(index, text))}
            onBlur={() => form.dispatch({ type: "rest" })}
          />
          <IconButton icon={Trash2} label={words.takeOut(field.label, index + 1)} onClick={() => set(items.toSpliced(index, 1))} />
        </div>
      ))}
      <Add field={field} onAdd={() => set([...items, ""])} />
    </div>
  );
}

function Add({ field, onAdd }: { field: Field; onAdd: () => void }): ReactElement {
  const form = useForm();
  return (
    <Button small icon={Plus} variant="quiet" className="self-start" unavailable={form.readOnly ? words.readOnly : null} onClick={onAdd}>
      {words.add(field.label)}
    </Button>
  );
}

/** Names with values; a name that is given twice is said, as one of both would be lost. */
export function MapControl({ field, path, value, control }: PartProps): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const [rows, setRows] = useState<readonly (readonly [string, Json])[] | null>(null);
  const entries = rows ?? Object.entries(objectOf(value)).map(([name, each]) => [name, each ?? null] as const);
  const twice = entries.map(([name]) => name).find((name, index, all) => name !== "" && all.indexOf(name) !== index);
  const set = (next: readonly (readonly [string, Json])[]): void => {
    setRows(next);
    const named = next.filter(([name]) => name !== "");
    if (new Set(named.map(([name]) => name)).size === named.length) change(named.length === 0 ? undefined : Object.fromEntries(named));
  };
  return (
    <div role="group" aria-label={field.label} id={control.id} className="flex flex-col gap-1">
      {entries.map(([name, each], index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the name changes while it is typed
        <div key={index} className="grid grid-cols-[minmax(5rem,2fr)_3fr_auto] items-start gap-1">
          <Input aria-label={words.nameOf(field.label, index + 1)} value={name} readOnly={form.readOnly} onChange={(event) => set(entries.with(index, [event.target.value, each]))} />
          <CodeArea
            control={{ id: `${control.id}-${index}` }}
            label={words.valueOf(field.label, name)}
            value={typeof each === "string" ? each : JSON.stringify(each)}
            language="template"
            oneLine
            readOnly={form.readOnly}
            around={form.around}
            onChange={(text) => set(entries.with(index, [name, text]))}
            onBlur={() => form.dispatch({ type: "rest" })}
          />
          <IconButton icon={Trash2} label={words.takeOut(field.label, index + 1)} onClick={() => set(entries.toSpliced(index, 1))} />
        </div>
      ))}
      {twice === undefined ? null : <span className="text-xs text-danger">{words.twice(twice)}</span>}
      <Add field={field} onAdd={() => setRows([...entries, ["", ""]])} />
    </div>
  );
}

interface WholeProps extends PartProps {
  readonly row: DrawRow;
}

export function ObjectControl({ field, path, value, control, row }: WholeProps): ReactElement {
  const now = objectOf(value);
  return (
    <div role="group" aria-label={field.label} id={control.id} className="flex flex-col gap-3 border-l border-line pl-3">
      {field.fields.map((each) => row(each, [...path, each.name], now[each.name]))}
    </div>
  );
}

export function ListControl({ field, path, value, control, row }: WholeProps): ReactElement {
  const change = useChange(path);
  const items = listOf(value);
  const set = (next: readonly Json[]): void => change(next.length === 0 ? undefined : next);
  return (
    <div role="group" aria-label={field.label} id={control.id} className="flex flex-col gap-2">
      {items.map((item, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- entries may be equal, and have nothing else that tells them apart
        <div key={index} role="group" aria-label={words.item(field.label, index + 1)} className="flex flex-col gap-3 rounded border border-line p-3">
          <div className="flex items-center justify-between text-xs text-muted">
            {words.item(field.label, index + 1)}
            <IconButton small icon={Trash2} label={words.takeOut(field.label, index + 1)} onClick={() => set(items.toSpliced(index, 1))} />
          </div>
          {field.fields.map((each) => row(each, [...path, String(index), each.name], objectOf(item)[each.name]))}
        </div>
      ))}
      <Add field={field} onAdd={() => set([...items, {}])} />
    </div>
  );
}

/** Anything: text with expressions as it is, everything else as JSON. What cannot be read yet stays, and is said. */
export function JsonControl({ field, path, value, control }: PartProps): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const [typed, setTyped] = useState<string | null>(null);
  const written = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const wrong = typed === null ? null : parsed(typed).wrong;
  const type = (text: string): void => {
    setTyped(text);
    const now = parsed(text);
    if (now.wrong === null) change(now.value);
  };
  return (
    <>
      <CodeArea
        control={{ ...control, ...(wrong === null ? {} : { "aria-invalid": true as const }) }}
        label={field.label}
        value={typed ?? written}
        language="template"
        readOnly={form.readOnly}
        placeholder={field.example === undefined ? undefined : JSON.stringify(field.example)}
        around={form.around}
        onChange={type}
        onBlur={() => {
          if (wrong === null) setTyped(null);
          form.dispatch({ type: "rest" });
        }}
      />
      {wrong === null ? null : <span className="text-xs text-danger">{words.notJson(wrong)}</span>}
      {value === undefined && field.example !== undefined ? (
        <Button small variant="quiet" className="self-start" onClick={() => change(field.example ?? exampleOf({}))}>
          {words.useExample}
        </Button>
      ) : null}
    </>
  );
}

/** JSON where it begins as JSON, else the text itself. */
function parsed(text: string): { value: Json | undefined; wrong: string | null } {
  const trimmed = text.trim();
  if (trimmed === "") return { value: undefined, wrong: null };
  if (trimmed.startsWith("{{") || !/^(?:[[{"\d-]|true$|false$|null$)/.test(trimmed)) return { value: text, wrong: null };
  try {
    return { value: JSON.parse(trimmed) as Json, wrong: null };
  } catch (error) {
    const asText = /^["\d-]/.test(trimmed);
    return asText ? { value: text, wrong: null } : { value: undefined, wrong: error instanceof Error ? error.message : "" };
  }
}
