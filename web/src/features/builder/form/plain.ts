/** A value as it stands in a field of text. */
import type { Json } from "../model/index.ts";

/** Text as it is, nothing for null and what is absent, else JSON. */
export function plainText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
