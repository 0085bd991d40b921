/** An agent while it is edited: everything as text, and what the API is sent of it. */
import type { AgentView, ModelSettings } from "@tenuto/react/api";

export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly provider: string;
  readonly agentId: string;
  readonly model: string;
  readonly instructions: string;
  readonly capabilities: string;
  readonly tools: readonly string[];
  /** Names of tools, or `*`: all that change something. */
  readonly approve: readonly string[];
  readonly temperature: string;
  readonly maxTokens: string;
  readonly thinking: string;
  readonly active: boolean;
}

export const everyChange = "*";

/** A new agent is a model, and asks before it changes anything. */
const fresh: Draft = {
  name: "",
  description: "",
  provider: "model",
  agentId: "",
  model: "openai:gpt-5-mini",
  instructions: "",
  capabilities: "",
  tools: [],
  approve: [everyChange],
  temperature: "",
  maxTokens: "",
  thinking: "",
  active: true,
};

export function draftOf(agent: AgentView | null): Draft {
  if (agent === null) return fresh;
  const { settings, status, agent_id: agentId, model, name, description = "", provider = "lyzr", instructions = "", capabilities = [], tools = [], approve = [] } = agent;
  return {
    name,
    description,
    provider,
    agentId: agentId ?? "",
    model: model ?? "",
    instructions,
    capabilities: capabilities.join(", "),
    tools,
    approve,
    ...answering(settings ?? {}),
    active: status !== "inactive",
  };
}

function answering({ temperature, max_tokens: maxTokens, thinking }: ModelSettings): Pick<Draft, "temperature" | "maxTokens" | "thinking"> {
  return { temperature: text(temperature), maxTokens: text(maxTokens), thinking: thinking ?? "" };
}

/** What belongs to another provider is left out, so that nothing unseen is kept; settings that have no field here stay. */
export function bodyOf(draft: Draft, agent: AgentView | null) {
  return {
    name: draft.name.trim(),
    type: agent?.type ?? ("specialist" as const),
    description: draft.description,
    provider: draft.provider,
    agent_id: draft.provider === "lyzr" ? draft.agentId.trim() || null : null,
    model: draft.provider === "model" ? draft.model.trim() || null : null,
    ...(draft.provider === "model" ? { settings: settingsOf(draft, agent?.settings ?? null) } : {}),
    instructions: draft.instructions,
    capabilities: draft.capabilities.split(",").map((each) => each.trim()).filter((each) => each !== ""),
    tools: [...draft.tools],
    // An approval of a tool that is gone would be a surprise once another is added.
    approve: draft.approve.filter((each) => each === everyChange || draft.tools.includes(each)),
  };
}

function settingsOf(draft: Draft, before: ModelSettings | null): ModelSettings {
  return {
    ...before,
    temperature: number(draft.temperature),
    max_tokens: number(draft.maxTokens),
    thinking: draft.thinking === "" ? null : (draft.thinking as NonNullable<ModelSettings["thinking"]>),
  };
}

function number(typed: string): number | null {
  return typed.trim() === "" ? null : Number(typed);
}

function text(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}
