/** From times to pixels and back: nothing leaves the axis, and folded stretches are narrow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisOf, bandWidth, foldable, type Span, ticks } from "~/features/run/model/axis.ts";

const minute = 60_000;
const span: Span = { from: 0, to: 100 * minute };

/** Stretches of a span, in order and apart. */
const gaps = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 8 }).map((marks) => {
  const sorted = marks.toSorted((one, other) => one - other);
  return sorted.flatMap((from, index): Span[] => (index % 2 === 1 || sorted[index + 1] === undefined ? [] : [{ from: from * minute, to: (sorted[index + 1] ?? from) * minute }]));
});

describe("an axis", () => {
  it("keeps the order of times and all of them on it, whatever is folded and however narrow it is", () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 320, max: 1920 }), fc.array(fc.integer({ min: 0, max: span.to }), { minLength: 2, maxLength: 20 }), (folded, width, times) => {
        const axis = axisOf(span, width, folded);
        const places = times.toSorted((one, other) => one - other).map(axis.x);
        for (const [index, x] of places.entries()) {
          expect(x).toBeGreaterThanOrEqual(index === 0 ? 0 : (places[index - 1] ?? 0));
          expect(x).toBeLessThanOrEqual(width + 1e-6);
        }
        expect(axis.bands).toHaveLength(folded.length);
        for (const band of axis.bands) expect(band.width).toBeLessThanOrEqual(bandWidth);
      }),
    );
  });

  it("finds the time of a pixel again", () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 320, max: 1920 }), fc.integer({ min: 0, max: span.to }), (folded, width, time) => {
        const axis = axisOf(span, width, folded);
        expect(Math.abs(axis.time(axis.x(time)) - time)).toBeLessThan(1);
      }),
    );
  });

  it("has round times at a distance, and none in a band", () => {
    const axis = axisOf(span, 880, [{ from: 20 * minute, to: 80 * minute }]);
    const found = ticks(axis, span);
    expect(found.length).toBeGreaterThan(3);
    for (const [index, { x, after }] of found.entries()) {
      expect(after <= 20 * minute || after >= 80 * minute).toBe(true);
      expect(x - (found[index - 1]?.x ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(66);
      expect(after % minute).toBe(0);
    }
  });

  it("is worth folding where more than half of it was idle", () => {
    expect(foldable([{ from: 0, to: 60 * minute }], span)).toBe(0.6);
    expect(foldable([{ from: 0, to: 40 * minute }], span)).toBeNull();
  });
});
