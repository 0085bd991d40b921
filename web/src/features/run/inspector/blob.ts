/** Values that are kept beside the log because they are large: what stands in their place. */

export interface Large {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly media_type: string;
  readonly preview?: string;
  readonly url?: string;
}

/** The reference that a value is, or null for a value that is there itself. */
export function largeOf(value: unknown): Large | null {
  if (typeof value !== "object" || value === null || !("$blob" in value) || Object.keys(value).length !== 1) return null;
  const found = value.$blob;
  if (typeof found !== "object" || found === null || !("digest" in found) || !("size" in found)) return null;
  return typeof found.digest === "string" && typeof found.size === "number" ? (found as Large) : null;
}

/** Bytes up to which a value is loaded and shown; larger ones are only saved. */
export const mostShown = 2 * 1024 * 1024;

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
