/** What can be put into a workflow, as the list of steps and the palette offer it. */
import { builder as say } from "~/lib/strings/builder";
import { type Catalog, type Document, firstSentence, type JsonObject, type NewStep } from "../model/index.ts";

export type GroupName = keyof typeof say.groups;

export interface Choice {
  readonly id: string;
  readonly group: GroupName;
  readonly title: string;
  readonly about: string;
  /** Further words by which it is found. */
  readonly words: string;
  readonly type: string;
  readonly app?: string;
  readonly step: NewStep;
}

const groupOf: Readonly<Record<string, GroupName>> = {
  agent: "agents",
  team: "agents",
  http: "apps",
  condition: "logic",
  switch: "logic",
  map: "logic",
  loop: "logic",
  transform: "data",
  code: "data",
  approval: "people",
  wait: "flow",
  delay: "flow",
  subworkflow: "flow",
  end: "flow",
};

/** Config with which a new step of a kind is worth looking at; what is left out has to be filled in. */
const begun: Readonly<Record<string, JsonObject>> = {
  http: { method: "GET" },
  transform: { value: {} },
  switch: { cases: [] },
  code: { code: "" },
  end: {},
};

const made = new WeakMap<Catalog, Map<string, Choice[]>>();

/** Everything there is for this workflow: its own agents too. */
export function choicesFor(document: Document, catalog: Catalog): Choice[] {
  const agents = JSON.stringify(document.root["agents"] ?? []);
  const known = made.get(catalog) ?? new Map<string, Choice[]>();
  made.set(catalog, known);
  const there = known.get(agents) ?? [...agentChoices(document), ...kindChoices(catalog), ...actionChoices(catalog)];
  known.set(agents, there);
  return there;
}

function agentChoices(document: Document): Choice[] {
  const agents = Array.isArray(document.root["agents"]) ? (document.root["agents"] as JsonObject[]) : [];
  return agents.flatMap((agent): Choice[] => {
    const { id, name } = agent;
    if (typeof id !== "string") return [];
    const title = typeof name === "string" && name !== "" ? name : id;
    const about = typeof agent["description"] === "string" ? agent["description"] : say.groups.agents;
    return [{ id: `agent ${id}`, group: "agents", title: say.choice.ask(title), about, words: "agent ask", type: "agent", step: { type: "agent", title, config: { agent: id, message: "{{ input.message }}" } } }];
  });
}

function kindChoices(catalog: Catalog): Choice[] {
  return catalog.data.kinds.flatMap((kind): Choice[] => {
    const group = Object.hasOwn(groupOf, kind.type) ? groupOf[kind.type] : "flow";
    if (kind.type === "integration" || group === undefined) return [];
    const words = Object.hasOwn(say.kinds, kind.type) ? say.kinds[kind.type as keyof typeof say.kinds] : { title: kind.name, words: "" };
    return [{ id: kind.type, group, title: words.title, about: firstSentence(kind.doc), words: `${kind.type} ${words.words}`, type: kind.type, step: { type: kind.type, title: words.title, config: begun[kind.type] ?? {} } }];
  });
}

function actionChoices(catalog: Catalog): Choice[] {
  return catalog.data.connectors.flatMap((connector) =>
    connector.actions.map((action): Choice => {
      const about = firstSentence(action.doc);
      const title = action.key.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
      return {
        id: `${connector.key}.${action.key}`,
        group: "apps",
        title: `${connector.name}: ${title}`,
        about,
        words: `${connector.key} ${action.key.replaceAll("_", " ")}`,
        type: "integration",
        app: connector.key,
        step: { type: "integration", title, config: { integration: connector.key, action: action.key, params: {} } },
      };
    }),
  );
}

/** The best first: every word of the query has to be found, words that begin with it count more. */
export function found(choices: readonly Choice[], query: string, most = 60): Choice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return choices.slice(0, most);
  const scored = choices.flatMap((choice) => {
    const score = words.reduce((sum, word) => sum + scoreOf(choice, word), 0);
    return words.every((word) => scoreOf(choice, word) > 0) ? [{ choice, score }] : [];
  });
  return scored.toSorted((one, other) => other.score - one.score).slice(0, most).map((each) => each.choice);
}

function scoreOf(choice: Choice, word: string): number {
  const title = choice.title.toLowerCase();
  if (title === word) return 12;
  if (title.startsWith(word)) return 8;
  if (title.includes(` ${word}`) || ` ${choice.words}`.includes(` ${word}`)) return 5;
  if (title.includes(word) || choice.words.includes(word)) return 2;
  return choice.about.toLowerCase().includes(word) ? 1 : 0;
}
