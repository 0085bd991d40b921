/** The control for one field, by its kind; every field can also be filled in by an expression. */
import { FunctionSquare } from "lucide-react";
import { type ReactElement, useRef, useState } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { IconButton } from "~/ui/button.tsx";
import { type Control, Field as Labelled, Input, Select } from "~/ui/field.tsx";
import { hasExpression } from "../expression/template.ts";
import type { Field } from "../form/fields.ts";
import { plainText } from "../form/plain.ts";
import type { Json, Path } from "../model/index.ts";
import { CodeArea, type CodeHandle } from "./code-area.tsx";
import { type DrawRow, type FormValues, problemAt, useChange, useForm } from "./form-context.tsx";
import { JsonControl, ListControl, MapControl, ObjectControl, TextsControl } from "./structured.tsx";
import { OptionsControl } from "./options-control.tsx";
import { PreviewLine } from "./preview-line.tsx";

export interface ValueProps {
  readonly field: Field;
  readonly path: Path;
  readonly value: Json | undefined;
}

const texts = new Set(["text", "long", "duration", "date", "moment"]);
const whole = new Set(["object", "list", "map", "texts"]);

/** A field with its label, its control, what is wrong with it, and the value that an expression in it gives. */
export function FieldRow({ field, path, value }: ValueProps): ReactElement {
  const form = useForm();
  const expressive = useExpressive(field, value);
  const problem = problemAt(form, path, !whole.has(field.kind));
  const change = useChange(path);
  const aside = texts.has(field.kind) || field.options !== null ? undefined : <Toggle field={field} on={expressive.on} onToggle={() => expressive.toggle(value, change)} />;
  return (
    <div data-path={path.join("/")}>
      <Labelled label={field.label} required={field.required} help={field.help} error={problem === undefined ? undefined : <ProblemText message={problem.issue.message} fix={problem.issue.fix} />} aside={aside}>
        {(control) => (
          <>
            {expressive.on ? <ExpressionControl field={field} path={path} value={value} control={control} /> : <PlainControl field={field} path={path} value={value} control={control} />}
            {typeof value === "string" ? <PreviewLine value={value} /> : null}
          </>
        )}
      </Labelled>
    </div>
  );
}

function ProblemText({ message, fix }: { message: string; fix?: string | null | undefined }): ReactElement {
  return (
    <>
      {message}
      {fix ? ` ${fix}` : ""}
    </>
  );
}

/** Whether an expression is written in a field that is no text; what the other way held is kept while the inspector is open. */
function useExpressive(field: Field, value: Json | undefined): { on: boolean; toggle: (value: Json | undefined, change: (value: Json | undefined) => void) => void } {
  const is = typeof value === "string" && hasExpression(value);
  const [chosen, setChosen] = useState(is);
  const kept = useRef<{ plain: Json | undefined; written: string }>({ plain: undefined, written: "" });
  // A field of JSON takes expressions as they are, so it never becomes another one while somebody types in it.
  const on = texts.has(field.kind) || chosen || (is && field.kind !== "json");
  const toggle = (now: Json | undefined, change: (value: Json | undefined) => void): void => {
    if (on) {
      kept.current.written = typeof now === "string" ? now : "";
      change(kept.current.plain);
    } else {
      kept.current.plain = now;
      if (kept.current.written !== "") change(kept.current.written);
    }
    setChosen(!on);
  };
  return { on, toggle };
}

function Toggle({ field, on, onToggle }: { field: Field; on: boolean; onToggle: () => void }): ReactElement {
  return <IconButton icon={FunctionSquare} small label={on ? words.plain(field.label) : words.expression(field.label)} pressed={on} onClick={onToggle} />;
}

interface ControlProps extends ValueProps {
  readonly control: Control;
}

function ExpressionControl({ field, path, value, control }: ControlProps): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const own = useRef<CodeHandle>(null);
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  if (field.options !== null && form.options !== null && !hasExpression(text)) return <OptionsControl field={field} path={path} value={value} control={control} />;
  return (
    <CodeArea
      ref={own}
      control={control}
      label={field.label}
      value={text}
      language="template"
      oneLine={field.kind !== "long"}
      readOnly={form.readOnly}
      placeholder={placeholderOf(field)}
      around={form.around}
      className={field.kind === "long" ? "min-h-20" : ""}
      onChange={(next) => change(next === "" ? undefined : next)}
      onFocus={() => form.remember(own.current)}
      onBlur={() => form.dispatch({ type: "rest" })}
    />
  );
}

function placeholderOf(field: Field): string | undefined {
  return typeof field.example === "string" || typeof field.example === "number" ? String(field.example) : undefined;
}

const row: DrawRow = (field, path, value) => <FieldRow key={field.name} field={field} path={path} value={value} />;

function PlainControl(props: ControlProps): ReactElement {
  switch (props.field.kind) {
    case "boolean":
      return <BooleanControl {...props} />;
    case "choice":
      return <ChoiceControl {...props} />;
    case "number":
    case "integer":
      return <NumberControl {...props} />;
    case "texts":
      return <TextsControl {...props} />;
    case "map":
      return <MapControl {...props} />;
    case "object":
      return <ObjectControl {...props} row={row} />;
    case "list":
      return <ListControl {...props} row={row} />;
    case "text":
    case "long":
    case "duration":
    case "date":
    case "moment":
    case "json":
      return <JsonControl {...props} />;
  }
}

function BooleanControl({ field, path, value, control }: ControlProps): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const unset = field.fallback === undefined || field.fallback === null ? words.unset : words.usually(field.fallback === true ? words.yes : words.no);
  return (
    <Select {...control} disabled={form.readOnly} value={value === true ? "true" : value === false ? "false" : ""} onChange={(event) => change(readBoolean(event.target.value))}>
      <option value="">{unset}</option>
      <option value="true">{words.yes}</option>
      <option value="false">{words.no}</option>
    </Select>
  );
}

function readBoolean(text: string): boolean | undefined {
  return text === "" ? undefined : text === "true";
}

function ChoiceControl({ field, path, value, control }: ControlProps): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const names = field.choices.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  const now = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const usual = field.fallback === undefined || field.fallback === null ? words.unset : words.usually(plainText(field.fallback));
  return (
    <Select {...control} disabled={form.readOnly} value={now} onChange={(event) => change(field.choices[names.indexOf(event.target.value)])}>
      <option value="">{field.required && now === "" ? words.choose : usual}</option>
      {names.includes(now) || now === "" ? null : <option value={now}>{words.notOffered(now)}</option>}
      {names.map((name) => (
        <option key={name} value={name}>
          {name.replaceAll("_", " ")}
        </option>
      ))}
    </Select>
  );
}

/** What is typed stays as it is typed; what is no number is said, and not kept. */
function NumberControl({ field, path, value, control }: ControlProps): ReactElement {
  const form = useForm();
  const change = useChange(path);
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
  const wrong = typed !== null && typed.trim() !== "" && !isNumber(typed, field.kind === "integer");
  return (
    <>
      <Input
        {...control}
        {...(wrong ? { "aria-invalid": true } : {})}
        inputMode={field.kind === "integer" ? "numeric" : "decimal"}
        readOnly={form.readOnly}
        value={shown}
        placeholder={numberHint(field)}
        onChange={(event) => {
          const text = event.target.value;
          setTyped(text);
          if (text.trim() === "") change(undefined);
          else if (isNumber(text, field.kind === "integer")) change(Number(text));
        }}
        onBlur={() => leave(form, setTyped)}
      />
      {wrong ? <span className="text-xs text-danger">{field.kind === "integer" ? words.notWhole(shown) : words.notNumber(shown)}</span> : null}
    </>
  );
}

function leave(form: FormValues, setTyped: (typed: string | null) => void): void {
  setTyped(null);
  form.dispatch({ type: "rest" });
}

function isNumber(text: string, integer: boolean): boolean {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) && (!integer || Number.isInteger(number));
}

function numberHint(field: Field): string | undefined {
  if (field.fallback !== undefined && field.fallback !== null) return plainText(field.fallback);
  return placeholderOf(field);
}
