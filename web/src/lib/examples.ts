/** The workflows that come with the product, each of which runs in simulation at once. */
import type { JsonValue, Template, TemplateSummary } from "@tenuto/react/api";
import { call } from "./api.ts";

export type ExampleName = "support-triage" | "parallel-research" | "approval-before-email";

/** Starts one in simulation, where nothing is sent; answers the run's id at once. */
export async function runExample(name: ExampleName, message: string): Promise<string> {
  const { definition } = await whole(name);
  const answer = await call("POST /api/workflow/execute", { body: { workflow: definition as JsonValue, message, input: { message, to: "ada@example.com" }, simulate: true } });
  return answer.execution.id;
}

/** Runs a template in simulation with one of its example inputs; answers the run's id. */
export async function runTemplate(template: TemplateSummary, which: number): Promise<string> {
  const { definition } = await whole(template.id);
  const input = template.inputs[which]?.input ?? {};
  const message = typeof input["message"] === "string" ? { message: input["message"] } : {};
  const answer = await call("POST /api/workflow/execute", { body: { workflow: definition as JsonValue, ...message, input: input as JsonValue, simulate: true } });
  return answer.execution.id;
}

/** Makes a draft of one; answers the new workflow's id. */
export async function takeTemplate(template: TemplateSummary): Promise<string> {
  const { definition } = await whole(template.id);
  const answer = await call("POST /api/workflows/import", { body: { workflow: definition } });
  return String(answer.workflow["id"] as string);
}

async function whole(id: string): Promise<Template> {
  return (await call("GET /api/templates/{id}", { path: { id } })).template;
}
