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

export interface Template {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly steps: number;
  readonly agents: number;
  readonly definition: Record<string, JsonValue>;
}

/** All of them, read from their files. */
export async function templates(): Promise<readonly Template[]> {
  return Promise.all(
    Object.entries(texts).map(async ([path, load]) => {
      const definition = parse(await load()) as Record<string, JsonValue>;
      const count = (name: string): number => (Array.isArray(definition[name]) ? definition[name].length : 0);
      const text = (name: string): string => (typeof definition[name] === "string" ? definition[name] : "");
      return { name: path.replace(/^.*\/|\.yaml$/g, ""), title: text("name"), about: text("description"), steps: count("nodes"), agents: count("agents"), definition };
    }),
  );
}

const question = "My card was stolen an hour ago. What should I do?";

/** Runs one in simulation with a question that fits all of them; answers the run's id. */
export async function runTemplate({ definition }: Template): Promise<string> {
  const answer = await call("POST /api/workflow/execute", { body: { workflow: definition, message: question, input: { message: question, to: "ada@example.com" }, simulate: true } });
  return answer.execution.id;
}

/** Makes a draft of one; answers the new workflow's id. */
export async function takeTemplate({ definition }: Template): Promise<string> {
  const { id: _, ...rest } = definition;
  const answer = await call("POST /api/workflows/import", { body: { workflow: rest } });
  return String(answer.workflow["id"] as string);
}
