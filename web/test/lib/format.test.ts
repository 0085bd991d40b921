/** Times, sizes, numbers and money as people read them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, dollars, duration, exactly, microdollars, percent, quantity, relative, stopwatch } from "~/lib/format";

/** Lengths near to where one unit ends and the next begins. */
const near = fc.tuple(fc.constantFrom(1e3, 1e4, 6e4, 36e5, 864e5), fc.integer({ min: 1, max: 40 }), fc.integer({ min: -700, max: 700 })).map(([unit, times, off]) => unit * times + off);

describe("formats", () => {
  it.each([[0, "0 ms"], [9, "9 ms"], [94, "94 ms"], [280, "0.3 s"], [1234, "1.2 s"], [9949, "9.9 s"], [9950, "10 s"], [59_400, "59 s"], [59_600, "1 min"], [184_000, "3 min 4 s"], [7_500_000, "2 h 5 min"], [3_599_900, "1 h"], [273_600_000, "3 d 4 h"], [-5, "0 ms"]])("%d ms lasts %s", (length, said) => {
    expect(duration(length)).toBe(said);
  });

  it("never says sixty of what makes one more", () => {
    fc.assert(fc.property(near, (length) => !/\b60 (s|min)\b|\b24 h\b/.test(duration(length))));
  });

  it("never says less of what lasts longer", () => {
    const read = (said: string): number => [...said.matchAll(/([\d.]+) (ms|s|min|h|d)/g)].reduce((sum, [, number, unit]) => sum + Number(number) * ({ ms: 1, s: 1e3, min: 6e4, h: 36e5, d: 864e5 }[unit ?? ""] ?? 0), 0);
    fc.assert(fc.property(fc.integer({ min: 0, max: 4e9 }), fc.nat(4e9), (length, more) => read(duration(length)) <= read(duration(length + more)) + 500));
  });

  it("counts in the person's words", () => {
    expect(quantity(1, "run")).toBe("1 run");
    expect(quantity(3120, "reply", "replies")).toBe("3,120 replies");
    expect(bytes(1)).toBe("1 byte");
    expect(bytes(1536)).toBe("1.5 KB");
    expect(bytes(12 * 1024 ** 2)).toBe("12 MB");
    expect(percent(0.1234)).toBe("12.3 %");
    expect(stopwatch(12_900)).toBe("0:12");
    expect(stopwatch(3_723_000)).toBe("1:02:03");
  });

  it("says little money as what it is", () => {
    expect(dollars(0)).toBe("$0");
    expect(dollars(0.00001)).toBe("< $0.0001");
    expect(microdollars(18_123)).toBe("$0.0181");
    expect(dollars(12.4)).toBe("$12.40");
  });

  it("says times as they are now", () => {
    const now = new Date(2026, 10, 26, 15, 0, 0);
    const before = (milliseconds: number): string => relative(now.getTime() - milliseconds, now);
    expect(before(1000)).toBe("just now");
    expect(before(42_000)).toBe("42 s ago");
    expect(before(-180_000)).toBe("in 3 min");
    expect(before(3 * 3_600_000)).toBe("3 h ago");
    expect(before(14 * 3_600_000)).toBe("today 01:00");
    expect(before(24 * 3_600_000)).toBe("yesterday 15:00");
    expect(before(-24 * 3_600_000)).toBe("tomorrow 15:00");
    expect(before(22 * 24 * 3_600_000)).toBe("4 Nov 15:00");
    expect(before(365 * 24 * 3_600_000)).toBe("26 Nov 2025");
    expect(relative("nonsense", now)).toBe("never");
    expect(exactly("nonsense")).toBe("");
  });
});
