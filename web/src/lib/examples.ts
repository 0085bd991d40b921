/** The workflows that come with the product, each of which runs in simulation at once. */
import type { JsonValue } from "@tenuto/react/api";
import { parse } from "yaml";
import { call } from "./api.ts";

const texts = import.meta.glob<string>("../../../examples/*.yaml", { query: "?raw", import: "default" });

export type ExampleName = "support-triage" | "parallel-research" | "approval-before-email";

/** Starts one in simulation, where nothing is sent; answers the run's id at once. */
export async function runExample(name: ExampleName, message: string): Promise<string> {
  const text = await texts[`../../../examples/${name}.yaml`]?.();
  if (text === undefined) throw new Error(`There is no example ${name}.`);
  const workflow = parse(text) as JsonValue;
  const answer = await call("POST /api/workflow/execute", { body: { workflow, message, simulate: true } });
  return answer.execution.id;
}
