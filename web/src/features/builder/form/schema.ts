/** JSON schemas as the catalog gives them, with references followed and `null` taken out of the alternatives. */
import type { Json } from "../model/index.ts";

/** The part of JSON Schema 2020-12 that Pydantic writes and the catalog passes on. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly default?: Json;
  readonly examples?: readonly Json[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly "x-options"?: string;
}

export interface Settled {
  readonly schema: Schema;
  /** Whether `null` is allowed beside it. */
  readonly nullable: boolean;
}

/**
 * The schema with `$ref` followed and, where the only alternative is `null`, that alternative left out.
 *
 * What stood beside the reference (title, description, default) wins over what it points at. A reference that leads round in a
 * circle or nowhere is any value: `{}`.
 */
export function settled(schema: Schema, defs: Readonly<Record<string, Schema>>): Settled {
  const followed = follow(schema, defs, new Set());
  const ways = followed.anyOf ?? followed.oneOf;
  if (ways === undefined) return { schema: followed, nullable: followed.type === "null" };
  const rest = ways.filter((way) => way.type !== "null");
  const nullable = rest.length < ways.length;
  const only = rest[0];
  if (rest.length !== 1 || only === undefined) return { schema: followed, nullable };
  const { anyOf: _any, oneOf: _one, ...around } = followed;
  return { schema: { ...follow(only, defs, new Set()), ...around }, nullable };
}

function follow(schema: Schema, defs: Readonly<Record<string, Schema>>, seen: Set<string>): Schema {
  const name = schema.$ref?.replace("#/$defs/", "");
  if (name === undefined) return schema;
  const { $ref: _, ...around } = schema;
  const target = defs[name];
  if (target === undefined || seen.has(name)) return around;
  seen.add(name);
  return { ...follow(target, defs, seen), ...around };
}

/** A value that fits the schema, made of its examples, defaults and choices; what is drawn from nothing is a placeholder of its type. */
export function exampleOf(schema: Schema, defs: Readonly<Record<string, Schema>> = schema.$defs ?? {}, depth = 0): Json {
  const { schema: now } = settled(schema, defs);
  const given = givenBy(now);
  if (given !== undefined || depth > 6) return given ?? null;
  const way = (now.anyOf ?? now.oneOf)?.[0];
  if (way !== undefined) return exampleOf(way, defs, depth + 1);
  return structured(now, defs, depth) ?? now.default ?? plain[typeOf(now)] ?? null;
}

function givenBy(schema: Schema): Json | undefined {
  return schema.examples?.[0] ?? schema.const ?? schema.enum?.[0];
}

function typeOf(schema: Schema): string {
  const type = typeof schema.type === "string" ? schema.type : schema.type?.[0];
  return type ?? "";
}

const plain: Readonly<Record<string, Json>> = { string: "text", integer: 1, number: 1.5, boolean: true };

function structured(schema: Schema, defs: Readonly<Record<string, Schema>>, depth: number): Json | undefined {
  if (schema.type === "array") return schema.items === undefined ? [] : [exampleOf(schema.items, defs, depth + 1)];
  if (schema.properties === undefined) return schema.type === "object" ? {} : undefined;
  return Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, exampleOf(each, defs, depth + 1)]));
}
