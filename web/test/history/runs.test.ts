import type { ExecutionSummary } from "@tenuto/react/api";
import { describe, expect, it } from "vitest";
import { joined } from "~/features/history/use-runs.ts";

function run(number: number): ExecutionSummary {
  return { id: `run-${number}`, created_at: `2026-01-05T09:${String(number).padStart(2, "0")}:00Z` } as ExecutionSummary;
}

function ids({ runs }: { runs: readonly ExecutionSummary[] }): readonly string[] {
  return runs.map((each) => each.id);
}

describe("the newest page and what was known", () => {
  it("is one list: newer runs come to the front, older ones stay", () => {
    const both = joined({ executions: [run(5), run(4), run(3)], next: "c" }, [run(4), run(3), run(2), run(1)]);
    expect([ids(both), both.met]).toEqual([["run-5", "run-4", "run-3", "run-2", "run-1"], true]);
  });

  it("lets go of what fits no more: it ended under a filter, or was deleted", () => {
    expect(ids(joined({ executions: [run(5), run(3)], next: "c" }, [run(5), run(4), run(3), run(2)]))).toEqual(["run-5", "run-3", "run-2"]);
    expect(ids(joined({ executions: [run(5)], next: null }, [run(5), run(4)]))).toEqual(["run-5"]);
    expect(ids(joined({ executions: [], next: null }, [run(1)]))).toEqual([]);
  });

  it("says where runs may be missing between both, and hides the gap", () => {
    const apart = joined({ executions: [run(9), run(8)], next: "c" }, [run(2), run(1)]);
    expect([ids(apart), apart.met]).toEqual([["run-9", "run-8"], false]);
  });
});
