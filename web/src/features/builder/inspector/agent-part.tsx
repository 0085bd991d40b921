/** Which agent a step asks, and who that is: agents stand once in the workflow, and several steps may ask the same one. */
import { Trash2 } from "lucide-react";
import type { ReactElement } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { Button } from "~/ui/button.tsx";
import { Field, Input, Select, TextArea } from "~/ui/field.tsx";
import { plainText } from "../form/plain.ts";
import { configOf, type DocNode, type Document, type EditorView, type Json, type JsonObject, setField, setRoot } from "../model/index.ts";

const fresh = "+";
const providers = [
  ["lyzr", "Lyzr"],
  ["model", "A model"],
  ["simulated", "Simulated"],
] as const;

export function agentsOf(document: Document): readonly JsonObject[] {
  const agents = document.root["agents"];
  return Array.isArray(agents) ? agents.filter((each): each is JsonObject => typeof each === "object" && each !== null && !Array.isArray(each)) : [];
}

export function AgentPart({ node, view }: { node: DocNode; view: EditorView }): ReactElement {
  const agents = agentsOf(view.document);
  const chosen = plainText(configOf(node)["agent"]);
  const index = agents.findIndex((agent) => agent["id"] === chosen);
  const choose = (id: string): void => view.dispatch({ type: "edit", edit: setField(node.key, ["config", "agent"], id) });
  const add = (): void => {
    const made = newAgent(agents);
    view.dispatch({ type: "edit", edit: setRoot(["agents"], [...agents, made]) });
    choose(plainText(made["id"]));
  };
  return (
    <>
      <Field label={words.setup.agent} required help={agents.length === 0 ? words.setup.agentNone : undefined}>
        {(control) => (
          <Select {...control} value={chosen} onChange={(event) => (event.target.value === fresh ? add() : choose(event.target.value))}>
            {index >= 0 ? null : <option value={chosen}>{chosen === "" ? words.choose : words.notOffered(chosen)}</option>}
            {agents.map((agent) => (
              <option key={plainText(agent["id"])} value={plainText(agent["id"])}>
                {plainText(agent["name"] ?? agent["id"])}
              </option>
            ))}
            <option value={fresh}>{words.setup.newAgent}</option>
          </Select>
        )}
      </Field>
      {index < 0 ? null : <AgentForm key={chosen} agents={agents} index={index} view={view} />}
    </>
  );
}

function newAgent(agents: readonly JsonObject[]): JsonObject {
  const taken = new Set(agents.map((agent) => agent["id"]));
  let number = agents.length + 1;
  while (taken.has(`agent-${number}`)) number += 1;
  return { id: `agent-${number}`, name: `Agent ${number}`, provider: "model", model: "openai:gpt-5-mini", instructions: "" };
}

function AgentForm({ agents, index, view }: { agents: readonly JsonObject[]; index: number; view: EditorView }): ReactElement {
  const agent = agents[index] ?? {};
  const provider = plainText(agent["provider"] ?? "lyzr");
  const set = (name: string, value: Json | undefined): void =>
    view.dispatch({ type: "edit", edit: setRoot(["agents"], agents.with(index, { ...agent, [name]: value === "" ? undefined : value })) });
  const rest = (): void => view.dispatch({ type: "rest" });
  const used = Object.values(view.document.nodes).filter((node) => configOf(node)["agent"] === agent["id"]).length;
  const text = (name: string): string => plainText(agent[name]);
  return (
    <fieldset className="flex flex-col gap-3 rounded border border-line p-3">
      <legend className="px-1 text-xs font-medium text-muted">{words.agent.title}</legend>
      <div className="grid grid-cols-2 gap-3">
        <Field label={words.name}>{(control) => <Input {...control} value={text("name")} onChange={(event) => set("name", event.target.value)} onBlur={rest} />}</Field>
        <Field label={words.agent.provider}>
          {(control) => (
            <Select {...control} value={provider} onChange={(event) => set("provider", event.target.value)}>
              {providers.map(([key, name]) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {provider === "lyzr" ? (
        <Field label={words.agent.agentId}>{(control) => <Input {...control} value={text("agent_id")} placeholder="66a0f1c2d3e4f5a6b7c8d9e0" onChange={(event) => set("agent_id", event.target.value)} onBlur={rest} />}</Field>
      ) : null}
      {provider === "model" ? (
        <Field label={words.agent.model} help={words.agent.modelHelp}>
          {(control) => <Input {...control} value={text("model")} placeholder="openai:gpt-5-mini" onChange={(event) => set("model", event.target.value)} onBlur={rest} />}
        </Field>
      ) : null}
      <Field label={words.agent.instructions}>{(control) => <TextArea {...control} value={text("instructions")} rows={5} onChange={(event) => set("instructions", event.target.value)} onBlur={rest} />}</Field>
      <p className="flex items-center justify-between text-xs text-muted">
        {words.agent.used(used)}
        {used > 1 ? null : (
          <Button small variant="quiet" icon={Trash2} onClick={() => view.dispatch({ type: "edit", edit: setRoot(["agents"], agents.toSpliced(index, 1)) })}>
            {words.agent.remove}
          </Button>
        )}
      </p>
    </fieldset>
  );
}
