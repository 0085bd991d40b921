/** What a step is tested with: of each step that it reads the value that was chosen, and where that is from. */
import { useQueries } from "@tanstack/react-query";
import type { JsonValue, SampleView, TrialBody } from "@tenuto/react/api";
import { useState } from "react";
import { reading } from "~/lib/api";
import { type Document, type NodeKey, referencesOf, titleOf } from "../model/index.ts";
import { parsed, shownJson } from "./json-text.ts";

export type Chosen = SampleView["source"] | "hand";

/** The name under which what the run is started with stands among the inputs. */
export const started = "\0input";

export interface Input {
  /** The id of a step, or `started`. */
  readonly id: string;
  readonly name: string;
  readonly samples: readonly SampleView[];
  readonly chosen: Chosen | null;
  /** What is written by hand. */
  readonly text: string;
  /** The value that is put in; null where nothing is known. */
  readonly value: { readonly value: unknown } | null;
}

export interface Inputs {
  readonly list: readonly Input[];
  readonly wrong: boolean;
  readonly choose: (id: string, chosen: Chosen) => void;
  readonly write: (id: string, text: string) => void;
  readonly body: () => Pick<TrialBody, "nodes" | "input" | "sources">;
}

type Edits = Readonly<Record<string, { readonly chosen?: Chosen; readonly text?: string }>>;

export function useInputs(workflowId: string, document: Document, key: NodeKey): Inputs {
  const [edits, setEdits] = useState<Edits>({});
  const node = document.nodes[key];
  const read = node === undefined ? [] : [...new Set(referencesOf(document, node).map((each) => each.source))];
  const asked = useQueries({ queries: read.map((id) => ({ ...reading("GET /api/workflows/{id}/samples/{node}", { path: { id: workflowId, node: id }, query: { whole: true } }), retry: false })) });
  const [all] = useQueries({ queries: [{ ...reading("GET /api/workflows/{id}/samples", { path: { id: workflowId } }), retry: false }] });
  const begun = all.data?.input === undefined ? [] : [all.data.input];
  const list = [...read.map((id, index) => inputOf(id, titled(document, id), asked[index]?.data?.samples ?? [], edits)), inputOf(started, "", begun, edits)];
  const edit = (id: string, part: Edits[string]): void => setEdits((before) => ({ ...before, [id]: { ...before[id], ...part } }));
  return {
    list,
    wrong: list.some((each) => each.chosen === "hand" && parsed(each.text) === null),
    choose: (id, chosen) => edit(id, { chosen, ...(chosen === "hand" ? { text: list.find((each) => each.id === id)?.text ?? "" } : {}) }),
    write: (id, text) => edit(id, { chosen: "hand", text }),
    body: () => ({ ...bodyOf(list), sources: ["pinned", "test", "run", "example"] }),
  };
}

function titled(document: Document, id: NodeKey): string {
  const node = document.nodes[id];
  return node === undefined ? id : titleOf(node);
}

function inputOf(id: string, name: string, samples: readonly SampleView[], edits: Edits): Input {
  const edit = edits[id];
  const chosen = edit?.chosen ?? samples[0]?.source ?? null;
  const sample = samples.find((each) => each.source === chosen) ?? samples[0];
  const text = edit?.text ?? (sample === undefined ? "" : shownJson(sample.value));
  const value = chosen === "hand" ? parsed(text) : sample === undefined ? null : { value: sample.value };
  return { id, name, samples, chosen, text, value };
}

function bodyOf(list: readonly Input[]): Pick<TrialBody, "nodes" | "input"> {
  const nodes: Record<string, JsonValue> = {};
  let input: JsonValue = null;
  for (const each of list) {
    if (each.value === null) continue;
    if (each.id === started) input = each.value.value as JsonValue;
    else nodes[each.id.split("/").at(-1) ?? each.id] = each.value.value as JsonValue;
  }
  return { nodes, ...(input === null ? {} : { input }) };
}
