/** An agent while it is edited: everything as text, and what the API is sent of it. */
import type { AgentView } from "@tenuto/react/api";

export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly provider: string;
  readonly agentId: string;
  readonly model: string;
  readonly instructions: string;
  readonly capabilities: string;
  readonly active: boolean;
}

export function draftOf(agent: AgentView | null): Draft {
  return {
    name: agent?.name ?? "",
    description: agent?.description ?? "",
    provider: agent?.provider ?? "model",
    agentId: agent?.agent_id ?? "",
    model: agent?.model ?? (agent === null ? "openai:gpt-5-mini" : ""),
    instructions: agent?.instructions ?? "",
    capabilities: (agent?.capabilities ?? []).join(", "),
    active: agent?.status !== "inactive",
  };
}

/** What belongs to another provider is left out, so that nothing unseen is kept. */
export function bodyOf(draft: Draft) {
  return {
    name: draft.name.trim(),
    type: "specialist" as const,
    description: draft.description,
    provider: draft.provider,
    agent_id: draft.provider === "lyzr" ? draft.agentId.trim() || null : null,
    model: draft.provider === "model" ? draft.model.trim() || null : null,
    instructions: draft.instructions,
    capabilities: draft.capabilities.split(",").map((each) => each.trim()).filter((each) => each !== ""),
  };
}
