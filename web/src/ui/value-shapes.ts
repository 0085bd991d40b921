/** In which shapes a value can be shown. */

export type Shape = "tree" | "table" | "text" | "raw";

/** The shapes in which a value can be shown, the best first. */
export function shapesOf(value: unknown): readonly Shape[] {
  if (typeof value === "string") return ["text", "raw"];
  if (Array.isArray(value) && value.length > 0 && value.every(isObject)) return ["tree", "table", "raw"];
  return typeof value === "object" && value !== null ? ["tree", "raw"] : ["text", "raw"];
}

/** The columns of a table of these objects: every name that occurs in the first hundred. */
export function columnsOf(rows: readonly unknown[]): readonly string[] {
  return [...new Set(rows.slice(0, 100).filter(isObject).flatMap((row) => Object.keys(row)))];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
