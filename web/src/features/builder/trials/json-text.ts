/** Text in which a person writes JSON. */

/** What is written, or null where it is no JSON. */
export function parsed(text: string): { readonly value: unknown } | null {
  if (text.trim() === "") return { value: null };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}

export function shownJson(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "null";
}
