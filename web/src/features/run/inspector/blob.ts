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
