/** A question's form: which fields its JSON schema asks for, and what is typed into them as values. */
import type { JsonValue } from "@tenuto/react/core";

export type FieldKind = "text" | "long" | "choice" | "number" | "switch" | "json";

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly choices: readonly JsonValue[];
  readonly whole: boolean;
  readonly initial: JsonValue | undefined;
  readonly limits: { min?: number; max?: number; maxLength?: number };
}

/** What a person has typed, by field; a switch is `true` or `false`. */
export type Typed = Readonly<Record<string, string | boolean>>;

interface Schema {
  readonly [key: string]: JsonValue | undefined;
}

const long = 120;

export function fieldsOf(form: JsonValue): readonly FormField[] {
  const properties = object(object(form)["properties"]);
  const required = object(form)["required"];
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties)
    .map(([name, found]) => fieldOf(name, object(found ?? null), needed.has(name)))
    .toSorted((a, b) => Number(b.required) - Number(a.required));
}

function fieldOf(name: string, schema: Schema, required: boolean): FormField {
  const limits = {
    ...(typeof schema["minimum"] === "number" ? { min: schema["minimum"] } : {}),
    ...(typeof schema["maximum"] === "number" ? { max: schema["maximum"] } : {}),
    ...(typeof schema["maxLength"] === "number" ? { maxLength: schema["maxLength"] } : {}),
  };
  return {
    name,
    label: text(schema["title"]) || name,
    help: text(schema["description"]),
    kind: kindOf(schema),
    required,
    choices: Array.isArray(schema["enum"]) ? schema["enum"] : [],
    whole: schema["type"] === "integer",
    initial: schema["default"],
    limits,
  };
}

function kindOf(schema: Schema): FieldKind {
  if (Array.isArray(schema["enum"])) return "choice";
  switch (schema["type"]) {
    case "string":
      return typeof schema["maxLength"] === "number" && schema["maxLength"] > long ? "long" : "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "switch";
    default:
      return "json";
  }
}

/** How the fields begin: with their defaults. */
export function initially(fields: readonly FormField[]): Typed {
  return Object.fromEntries(fields.map((field) => [field.name, typedOf(field, field.initial)]));
}

function typedOf(field: FormField, value: JsonValue | undefined): string | boolean {
  if (field.kind === "switch") return value === true;
  if (value === undefined || value === null) return "";
  if (field.kind === "choice" || field.kind === "json") return JSON.stringify(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

export type Read = { ok: true; value: Record<string, JsonValue> } | { ok: false; errors: Readonly<Record<string, string>> };

/** What was typed as values: what is left empty is left out. The server checks the rest. */
export function read(fields: readonly FormField[], typed: Typed): Read {
  const value: Record<string, JsonValue> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const given = typed[field.name] ?? "";
    if (given === "") {
      if (field.required) errors[field.name] = "This is needed.";
      continue;
    }
    const found = valueOf(field, given);
    if (found === undefined) errors[field.name] = field.kind === "number" ? (field.whole ? "This has to be a whole number." : "This has to be a number.") : "This is no JSON.";
    else value[field.name] = found;
  }
  return Object.keys(errors).length > 0 ? { ok: false, errors } : { ok: true, value };
}

function valueOf(field: FormField, given: string | boolean): JsonValue | undefined {
  if (typeof given === "boolean") return given;
  switch (field.kind) {
    case "number": {
      const number = Number(given);
      return Number.isFinite(number) && given.trim() !== "" && (!field.whole || Number.isInteger(number)) ? number : undefined;
    }
    case "choice":
    case "json":
      try {
        return JSON.parse(given) as JsonValue;
      } catch {
        return undefined;
      }
    default:
      return given;
  }
}

/** Which fields are no longer as they began. */
export function changedOf(fields: readonly FormField[], typed: Typed): ReadonlySet<string> {
  const before = initially(fields);
  return new Set(fields.map(({ name }) => name).filter((name) => before[name] !== typed[name]));
}

function object(value: JsonValue | undefined): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
