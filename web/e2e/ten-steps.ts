/** The workflow of ten steps, with a branch and a parallel part, that is built by mouse and by keyboard: both make the same. */
import type { Page } from "@playwright/test";

export interface Draft {
  definition: {
    name: string;
    startNode: string;
    nodes: { id: string; name?: string; type: string; config: Record<string, unknown> }[];
    edges: { from: string; to: string; port?: string }[];
    layout?: { nodes?: Record<string, { x: number; y: number }> };
  };
  issues: { severity: string; message: string }[];
}

export async function draftOf(page: Page, id: string): Promise<Draft> {
  return page.evaluate(async (path) => ((await (await fetch(path)).json()) as { draft: Draft }).draft, `/api/workflows/${id}/draft`);
}

/** The kinds by the steps' ids, and every way. */
export function shapeOf({ definition }: Draft): { start: string; kinds: string[]; ways: string[] } {
  return {
    start: definition.startNode,
    kinds: definition.nodes.map(({ id, type }) => `${id}: ${type}`).toSorted(),
    ways: definition.edges.map(({ from, port = "out", to }) => `${from} ${port} ${to}`).toSorted(),
  };
}

export const tenSteps = {
  start: "build_a_value",
  kinds: [
    "approval: approval", "build_a_value: transform", "build_a_value_2: transform", "condition: condition", "delay: delay",
    "end: end", "for_each: map", "http_request: http", "loop: loop", "python_code: code",
  ],
  ways: [
    "approval approved loop", "build_a_value out condition", "condition false delay", "condition true python_code", "delay out approval",
    "for_each out end", "http_request out build_a_value_2", "loop out for_each", "python_code out build_a_value_2", "python_code out http_request",
  ],
};
