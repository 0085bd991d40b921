/** A workflow as the list shows it, read from what the API says of all of them. */
import type { WorkflowAnswer, WorkflowsAnswer } from "@tenuto/react/api";

export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly steps: number;
  readonly tags: readonly string[];
  readonly updated: string | null;
  /** The published version's number, or null. */
  readonly version: number | null;
}

export function listed(answer: WorkflowsAnswer | WorkflowAnswer): { workflows: readonly Listed[]; next: string | null } {
  if (!("workflows" in answer)) return { workflows: [], next: null };
  return { workflows: answer.workflows.map((each) => row(each, answer.versions)), next: answer.next ?? null };
}

function row(workflow: Readonly<Record<string, unknown>>, versions: Readonly<Record<string, number | null>>): Listed {
  const id = text(workflow["id"]);
  const settings = workflow["settings"];
  const tags = typeof settings === "object" && settings !== null && "tags" in settings && Array.isArray(settings.tags) ? settings.tags : [];
  return {
    id,
    name: text(workflow["name"]),
    description: text(workflow["description"]),
    steps: Array.isArray(workflow["nodes"]) ? workflow["nodes"].length : 0,
    tags: tags.map(text),
    updated: text(workflow["updated"]) || null,
    version: versions[id] ?? null,
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Whether every word of a search stands in its name, id, description or tags. */
export function matches(workflow: Listed, search: string): boolean {
  const all = [workflow.name, workflow.id, workflow.description, ...workflow.tags].join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}
