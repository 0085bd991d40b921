/** Steps that can be undone: their ops, their label, and what was selected around them. */
import type { Selection } from "./document.ts";
import { joined, type Op } from "./ops.ts";

export interface Step {
  readonly label: string;
  readonly ops: readonly Op[];
  readonly before: Selection;
  readonly after: Selection;
  /** Milliseconds; the next edit with the same mark within 600 of them joins this step. */
  readonly at: number;
  readonly coalesce: string | undefined;
  readonly weight: number;
}

export interface History {
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

export const fresh: History = { past: [], future: [] };

const together = 600;
const mostSteps = 200;
const mostBytes = 4 * 1024 * 1024;

/** The history with a new step, which may join the one before it. */
export function noted(history: History, step: Omit<Step, "weight">): History {
  const last = history.past.at(-1);
  const joins = last !== undefined && step.coalesce !== undefined && last.coalesce === step.coalesce && step.at - last.at <= together;
  if (!joins) return { past: capped([...history.past, weighed(step)]), future: [] };
  const ops = joined([...last.ops, ...step.ops]);
  const kept = history.past.slice(0, -1);
  if (ops.length === 0) return { past: kept, future: [] };
  return { past: capped([...kept, weighed({ ...step, ops, before: last.before })]), future: [] };
}

/** After this no edit joins the last step. */
export function rested(history: History): History {
  const last = history.past.at(-1);
  if (last?.coalesce === undefined) return history;
  return { ...history, past: [...history.past.slice(0, -1), { ...last, coalesce: undefined }] };
}

function weighed(step: Omit<Step, "weight">): Step {
  return { ...step, weight: JSON.stringify(step.ops).length * 2 };
}

function capped(steps: readonly Step[]): readonly Step[] {
  let weight = 0;
  let first = steps.length;
  while (first > 0 && steps.length - first < mostSteps) {
    weight += steps[first - 1]?.weight ?? 0;
    if (weight > mostBytes && first < steps.length) break;
    first -= 1;
  }
  return first === 0 ? steps : steps.slice(first);
}
