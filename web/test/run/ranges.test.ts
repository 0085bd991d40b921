import fc from "fast-check";
import { expect, test } from "vitest";
import { rangeOf, standings } from "~/features/run/model/ranges.ts";

test("a range says how many have ended and failed, and the last is as long as what is left", () => {
  const found = standings({ size: 10, total: 23, ranges: [{ first: 0, counts: { completed: 8, failed: 1, running: 1 } }, { first: 10, counts: {} }, { first: 20, counts: { completed: 2, cancelled: 1 } }] });
  expect(found).toEqual([
    { first: 0, last: 9, total: 10, ended: 9, failed: 1 },
    { first: 10, last: 19, total: 10, ended: 0, failed: 0 },
    { first: 20, last: 22, total: 3, ended: 3, failed: 0 },
  ]);
});

test("every item is in the range that says so", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 1_000_000 }), (size, index) => {
      const first = rangeOf(index, size);
      expect(first % size).toBe(0);
      expect(index - first).toBeGreaterThanOrEqual(0);
      expect(index - first).toBeLessThan(size);
    }),
  );
});
