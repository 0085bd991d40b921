import { expect, test } from "vitest";
import { filtersOf, isFiltered, none } from "~/features/history/filters.ts";

const now = Date.parse("2026-01-05T09:30:42Z");

test("the address says what is asked for, and what it says wrongly is passed over", () => {
  const address = { status: "failed", workflow: "w", trigger: "webhook", time: "24h", kind: "real", q: " order-17 " };
  expect(filtersOf(address, now)).toEqual({ status: ["failed"], workflow_id: "w", trigger: "webhook", since: "2026-01-04T09:30:00.000Z", simulated: false, search: "order-17" });
  expect(filtersOf({ status: "nonsense", time: "a while", kind: "perhaps", q: "  " }, now)).toEqual({});
});

test("clearing takes every filter away, and one by itself counts", () => {
  expect(isFiltered(none)).toBe(false);
  for (const name of Object.keys(none)) expect(isFiltered({ ...none, [name]: "x" })).toBe(true);
});
