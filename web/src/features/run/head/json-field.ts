/** JSON as it is typed. */
import type { JsonValue } from "@tenuto/react/core";

/** What a text is as JSON; nothing is `null`. */
export function parsed(text: string): { ok: true; value: JsonValue } | { ok: false } {
  if (text.trim() === "") return { ok: true, value: null };
  try {
    return { ok: true, value: JSON.parse(text) as JsonValue };
  } catch {
    return { ok: false };
  }
}
