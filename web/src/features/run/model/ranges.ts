/** How ranges of items stand. */
import type { RangesAnswer } from "@tenuto/react/api";

export interface Standing {
  readonly first: number;
  readonly last: number;
  readonly total: number;
  readonly ended: number;
  readonly failed: number;
}

export function standings({ ranges, size, total }: Pick<RangesAnswer, "ranges" | "size" | "total">): readonly Standing[] {
  return ranges.map(({ first, counts }) => {
    const last = Math.max(first, Math.min(first + size, total) - 1);
    const { completed = 0, failed = 0, cancelled = 0 } = counts;
    return { first, last, total: last - first + 1, ended: completed + failed + cancelled, failed };
  });
}

/** The range in which an item is. */
export function rangeOf(index: number, size: number): number {
  return Math.floor(index / size) * size;
}
