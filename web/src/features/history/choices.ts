/** What runs can be filtered by beside words: each filter with its values, and those that are set. */
import { useQuery } from "@tanstack/react-query";
import type { JsonValue, WorkflowsAnswer } from "@tenuto/react/api";
import type { Address } from "~/lib/address";
import { reading } from "~/lib/api";
import { history as words } from "~/lib/strings/history";

export interface Choice {
  /** Its name in the page's address. */
  readonly name: "status" | "workflow" | "trigger" | "time" | "kind";
  readonly label: string;
  /** Values and how they are called; the first is none. */
  readonly options: readonly (readonly [string, string])[];
}

export interface Chosen {
  readonly choice: Choice;
  readonly shown: string;
}

export function useChoices(address: Address): readonly Choice[] {
  const { data } = useQuery({ ...reading<"GET /api/workflows", WorkflowsAnswer>("GET /api/workflows"), staleTime: 60_000 });
  const workflows = (data?.workflows ?? []).map((each) => [asText(each["id"]), asText(each["name"]) || asText(each["id"])] as const);
  const said = words.filters;
  const choice = (name: Choice["name"], values: readonly (readonly [string, string])[]): Choice => {
    const set = address[name];
    // One that is not known here, of an old link or beyond the first page of workflows, is set all the same.
    const more = set && !values.some(([value]) => value === set) ? [[set, set] as const] : [];
    return { name, label: said[name], options: [["", said.any], ...values, ...more] };
  };
  return [
    choice("status", Object.entries(words.statuses)),
    choice("workflow", workflows),
    choice("trigger", Object.entries(words.triggers)),
    choice("time", Object.entries(words.times)),
    choice("kind", Object.entries(words.kinds)),
  ];
}

export function chosenOf(choices: readonly Choice[], address: Address): readonly Chosen[] {
  return choices.flatMap((choice) => {
    const found = address[choice.name] ? choice.options.find(([value]) => value === address[choice.name]) : undefined;
    return found ? [{ choice, shown: found[1] }] : [];
  });
}

function asText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
