/** A form made of a schema: required fields, then those that are set, the rest under "More". */
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactElement, useMemo, useState } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { type Field, fieldsOf } from "../form/fields.ts";
import type { Schema } from "../form/schema.ts";
import type { Json, JsonObject, Path } from "../model/index.ts";
import { FieldRow } from "./value-control.tsx";

export interface SchemaFormProps {
  readonly schema: JsonObject;
  readonly path: Path;
  readonly value: Json | undefined;
  /** Fields that are shown elsewhere. */
  readonly without?: ReadonlySet<string>;
  /** Whether the optional ones are shown at once. */
  readonly open?: boolean;
}

const none: ReadonlySet<string> = new Set();

export function SchemaForm({ schema, path, value, without = none, open = false }: SchemaFormProps): ReactElement {
  const fields = useMemo(() => fieldsOf(schema as Schema).filter((field) => !without.has(field.name)), [schema, without]);
  // Which fields stand above the fold is decided when the form opens: a field that is emptied does not jump away from its reader.
  const now = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  const [first] = useState(() => new Set(fields.filter((field) => field.required || now[field.name] !== undefined || field.name === "message").map((field) => field.name)));
  // Where nothing would be above it, there is no fold.
  const [all, setAll] = useState(open || first.size === 0);
  const shown = fields.filter((field) => first.has(field.name) || field.required);
  const rest = fields.filter((field) => !shown.includes(field));
  const row = (field: Field): ReactElement => <FieldRow key={field.name} field={field} path={[...path, field.name]} value={now[field.name]} />;
  if (fields.length === 0) return <p className="text-sm text-muted">{words.none}</p>;
  const Arrow = all ? ChevronDown : ChevronRight;
  return (
    <div className="flex flex-col gap-4">
      {shown.map(row)}
      {rest.length === 0 || open ? null : (
        <button type="button" aria-expanded={all} className="flex items-center gap-1 self-start rounded-sm text-sm font-medium text-accent" onClick={() => setAll(!all)}>
          <Arrow size={16} aria-hidden />
          {all ? words.less : words.more(rest.length)}
        </button>
      )}
      {all || open ? rest.map(row) : null}
    </div>
  );
}
