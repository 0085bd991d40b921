/** The value of a field before it is run: resolved here where it is plain paths, else left to the server. */
import type { Json } from "../model/index.ts";
import { plainPath, valueAt } from "./paths.ts";
import { isWhole, pieces } from "./template.ts";

export type Preview =
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "server" };

/** What a text gives in a scope (`input`, `nodes`, …). `server` where an expression is more than a path, `missing` names the first path without a value. */
export function previewed(text: string, scope: Json): Preview {
  const parts: string[] = [];
  for (const piece of pieces(text)) {
    const source = text.slice(piece.from, piece.to);
    if (piece.kind === "text") {
      parts.push(source);
      continue;
    }
    const steps = piece.closed ? plainPath(source) : null;
    if (steps === null || steps[0] === "now") return { kind: "server" };
    const value = valueAt(scope, steps);
    if (value === undefined) return { kind: "missing", path: source.trim() };
    if (isWhole(text)) return { kind: "value", value };
    const written = asText(value);
    if (written === null) return { kind: "server" };
    parts.push(written);
  }
  return { kind: "value", value: parts.join("") };
}

/** A value within text. Objects, fractions and null are written as Python writes them: the server's part. */
function asText(value: Json): string | null {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value)) ? String(value) : null;
}
