/** What an agent may call, and which of it a person approves each time. */
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { type KeyboardEvent, type ReactElement, useId, useState } from "react";
import { readingCatalog } from "~/lib/api";
import { agents as words } from "~/lib/strings/agents";
import { Button, IconButton } from "~/ui/button";
import { Checkbox, Field, Input } from "~/ui/field";
import { everyChange } from "./draft.ts";

export interface ToolsProps {
  tools: readonly string[];
  approve: readonly string[];
  onChange: (part: { tools?: readonly string[]; approve?: readonly string[] }) => void;
}

const said = words.tools;

export function Tools({ tools, approve, onChange }: ToolsProps): ReactElement {
  const known = useKnown();
  const list = useId();
  const [typed, setTyped] = useState("");
  const wrong = mistake(typed.trim(), tools, known);
  const add = (): void => {
    if (typed.trim() === "" || wrong !== undefined) return;
    onChange({ tools: [...tools, typed.trim()] });
    setTyped("");
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  const all = approve.includes(everyChange);
  const mark = (name: string, on: boolean): void => onChange({ approve: on ? [...approve, name] : approve.filter((each) => each !== name) });
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{said.title}</legend>
      {tools.length === 0 ? <p className="text-xs text-muted">{said.none}</p> : <Checkbox label={said.approveAll} checked={all} onChange={(event) => mark(everyChange, event.target.checked)} />}
      {tools.length === 0 ? null : (
        <ul className="divide-y divide-line rounded border border-line">
          {tools.map((name) => {
            const changes = known.get(name)?.changes ?? true;
            return (
              <li key={name} className="flex items-center gap-2 py-1 pr-1 pl-2.5">
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-mono text-mono">{name}</span>
                  <span className="line-clamp-1 text-xs text-muted">{known.get(name)?.doc ?? said.unknown}</span>
                </span>
                <Checkbox className="shrink-0 text-xs" label={said.approve} checked={(all && changes) || approve.includes(name)} disabled={all && changes} onChange={(event) => mark(name, event.target.checked)} />
                <IconButton small icon={X} label={said.remove(name)} onClick={() => onChange({ tools: tools.filter((each) => each !== name), approve: approve.filter((each) => each !== name) })} />
              </li>
            );
          })}
        </ul>
      )}
      <Field label={said.add} help={said.addHelp} error={wrong}>
        {(control) => (
          <span className="flex gap-2">
            <Input {...control} list={list} value={typed} placeholder="github.list_issues" onChange={(event) => setTyped(event.target.value)} onKeyDown={pressed} />
            <Button icon={Plus} disabled={typed.trim() === "" || wrong !== undefined} onClick={add}>
              {said.put}
            </Button>
          </span>
        )}
      </Field>
      <datalist id={list}>
        {[...known].filter(([name]) => !tools.includes(name)).map(([name, { doc }]) => (
          <option key={name} value={name}>
            {doc}
          </option>
        ))}
      </datalist>
    </fieldset>
  );
}

interface Known {
  readonly doc: string;
  /** Whether it changes something outside. */
  readonly changes: boolean;
}

/** The actions of all connectors, by the name that an agent's list has for them. */
function useKnown(): ReadonlyMap<string, Known> {
  const { data } = useQuery(readingCatalog);
  const pairs = (data?.connectors ?? []).flatMap((connector) =>
    connector.actions.map((action): [string, Known] => [`${connector.key}.${action.key}`, { doc: action.doc, changes: action.effect !== "pure" && action.effect !== "read" }]),
  );
  return new Map(pairs);
}

/** What is wrong with a name, once it cannot be the beginning of a right one. Tools of MCP servers are known by their servers alone. */
function mistake(name: string, tools: readonly string[], known: ReadonlyMap<string, Known>): string | undefined {
  if (name === "" || known.size === 0) return undefined;
  if (tools.includes(name)) return said.twice(name);
  if (/^mcp(_command)?:/u.test(name) || known.has(name)) return undefined;
  const begun = [...known.keys()].some((each) => each.startsWith(name)) || "mcp_command:".startsWith(name);
  return begun ? undefined : said.wrong(name);
}
