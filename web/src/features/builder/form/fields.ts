/** What a form shows for a schema: its fields, what each takes, and which stand under "More". */
import type { Json } from "../model/index.ts";
import { type Schema, settled } from "./schema.ts";

/**
 * How a field is filled in.
 *
 * `text` one line · `long` several lines · `number`, `integer` · `boolean` · `choice` from `choices` · `texts` a list of texts ·
 * `list` of objects · `map` names with values · `object` fields of its own · `duration`, `date`, `moment` · `json` anything.
 */
export type FieldKind =
  | "text" | "long" | "number" | "integer" | "boolean" | "choice" | "texts" | "list" | "map" | "object" | "duration" | "date" | "moment" | "json";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly help: string | null;
  readonly required: boolean;
  /** Whether it may be emptied to `null`. */
  readonly nullable: boolean;
  readonly fallback: Json | undefined;
  readonly example: Json | undefined;
  readonly choices: readonly Json[];
  /** The action of the connector that lists what may be chosen. */
  readonly options: string | null;
  readonly bounds: Bounds;
  /** Of an `object`: its fields; of a `list`: those of each entry. */
  readonly fields: readonly Field[];
}

export interface Bounds {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
}

type Defs = Readonly<Record<string, Schema>>;

/** Names that hold prose whatever their longest allowed length is. */
const prose = new Set(["body", "message", "text", "description", "instructions", "code", "task", "content", "comment", "html", "query", "notes"]);
const formats: Readonly<Record<string, FieldKind>> = { duration: "duration", date: "date", "date-time": "moment" };

/** The fields of an object's schema, required ones first, otherwise in the order in which they were declared. */
export function fieldsOf(schema: Schema, defs: Defs = schema.$defs ?? {}, depth = 0): readonly Field[] {
  const { schema: whole } = settled(schema, defs);
  const needed = new Set(whole.required ?? []);
  const all = Object.entries(whole.properties ?? {}).map(([name, each]) => field(name, each, needed.has(name), defs, depth));
  return [...all.filter((each) => each.required), ...all.filter((each) => !each.required)];
}

function field(name: string, schema: Schema, required: boolean, defs: Defs, depth: number): Field {
  const { schema: now, nullable } = settled(schema, defs);
  const kind = kindOf(name, now, defs, depth);
  const inner = kind === "object" ? now : kind === "list" ? settled(now.items ?? {}, defs).schema : null;
  return {
    name,
    label: label(name, now.title),
    kind,
    help: now.description ?? null,
    required,
    nullable,
    fallback: now.default,
    example: now.examples?.find((each) => each !== null),
    choices: now.enum?.filter((each) => each !== null) ?? [],
    options: now["x-options"] ?? null,
    bounds: { minimum: now.minimum, maximum: now.maximum, minLength: now.minLength, maxLength: now.maxLength, pattern: now.pattern },
    fields: inner === null ? [] : fieldsOf(inner, defs, depth + 1),
  };
}

function kindOf(name: string, schema: Schema, defs: Defs, depth: number): FieldKind {
  if (schema.enum !== undefined) return "choice";
  switch (schema.type) {
    case "boolean":
    case "number":
    case "integer":
      return schema.type;
    case "string":
      return formats[schema.format ?? ""] ?? (isProse(name, schema) ? "long" : "text");
    case "array":
      return listKind(schema, defs, depth);
    case "object":
      return objectKind(name, schema, depth);
    case undefined:
    default:
      return "json";
  }
}

function isProse(name: string, schema: Schema): boolean {
  return prose.has(name) || (schema.maxLength ?? 0) > 2_000;
}

function listKind(schema: Schema, defs: Defs, depth: number): FieldKind {
  const { schema: each } = settled(schema.items ?? {}, defs);
  if (each.type === "string" && each.enum === undefined) return "texts";
  return each.type === "object" && each.properties !== undefined && depth < 2 ? "list" : "json";
}

/** Schemas themselves, which are read and written as they are. */
const schemas = new Set(["output_schema", "form"]);

function objectKind(name: string, schema: Schema, depth: number): FieldKind {
  if (schemas.has(name)) return "json";
  if (schema.properties !== undefined) return depth < 3 ? "object" : "json";
  return schema.additionalProperties === false ? "json" : "map";
}

/** Pydantic's titles are the name in capitals ("Thread Ts"); a sentence reads better: "Thread ts". A title that says more stays. */
function label(name: string, title: string | undefined): string {
  const words = name.replaceAll("_", " ").replace(/([a-z0-9])([A-Z])/g, "$1 $2").trim();
  const said = words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
  return title === undefined || title.toLowerCase() === words.toLowerCase() ? said : title;
}
