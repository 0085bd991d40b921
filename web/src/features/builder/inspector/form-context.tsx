/** What every field of the inspector knows: the step it belongs to, what its expressions may refer to, and what is wrong with it. */
import { createContext, type ReactElement, useContext } from "react";
import type { Surroundings } from "../expression/completion.ts";
import type { Field } from "../form/fields.ts";
import { type Dispatch, type Json, type NodeKey, type Path, type Problem, setField } from "../model/index.ts";
import type { CodeHandle } from "./code-area.tsx";

/** One value that a connected application offers. */
export interface Option {
  readonly value: Json;
  readonly label: string;
}

export interface FormValues {
  readonly workflowId: string;
  readonly node: NodeKey | null;
  readonly around: Surroundings | null;
  readonly scope: Json;
  readonly problems: readonly Problem[];
  readonly dispatch: Dispatch;
  readonly readOnly: boolean;
  /** Says which field has the focus: a value chosen from the data goes there. */
  readonly remember: (field: CodeHandle | null) => void;
  /** Writes a path into the field that had the focus last. */
  readonly insert: (path: string) => void;
  /** The choices of a parameter, as the connected application lists them; null where this form has no such thing. */
  readonly options: ((parameter: string) => Promise<readonly Option[]>) | null;
}

export const FormContext = createContext<FormValues | null>(null);

/** The form around a field. A field outside of one is a mistake of ours. */
export function useForm(): FormValues {
  const form = useContext(FormContext);
  if (form === null) throw new Error("A field stands outside of a form.");
  return form;
}

/** Draws a field within another one. */
export type DrawRow = (field: Field, path: Path, value: Json | undefined) => ReactElement;

/** Sets the value at a path of the step; undefined takes it out. */
export function useChange(path: Path): (value: Json | undefined) => void {
  const { dispatch, node } = useForm();
  return (value) => (node === null ? undefined : dispatch({ type: "edit", edit: setField(node, path, value) }));
}

/** The first problem at a path of the step, or beneath it where `within`. */
export function problemAt(form: FormValues, path: Path, within = true): Problem | undefined {
  const own = form.problems.filter((problem) => problem.node === form.node && begins(problem.path, path));
  return own.find((problem) => problem.path.length === path.length) ?? (within ? own[0] : undefined);
}

function begins(path: Path, with_: Path): boolean {
  return with_.every((step, index) => path[index] === step);
}
