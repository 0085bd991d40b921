/** Nothing is selected: the workflow itself, and how its runs are kept and bounded. */
import type { ReactElement } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { Field, Input, TextArea } from "~/ui/field.tsx";
import { plainText } from "../form/plain.ts";
import { type EditorView, setRoot } from "../model/index.ts";

export function WorkflowPanel({ view }: { view: EditorView }): ReactElement {
  const { root } = view.document;
  const set = (name: string, value: string): void => view.dispatch({ type: "edit", edit: setRoot([name], value === "" && name !== "name" ? undefined : value) });
  const rest = (): void => view.dispatch({ type: "rest" });
  return (
    <div className="flex flex-col gap-4 p-4">
      <h2 className="text-base font-semibold">{words.workflow.title}</h2>
      <Field label={words.workflow.name} required>
        {(control) => <Input {...control} value={plainText(root["name"])} maxLength={200} onChange={(event) => set("name", event.target.value)} onBlur={rest} />}
      </Field>
      <Field label={words.workflow.description}>
        {(control) => <TextArea {...control} value={plainText(root["description"])} onChange={(event) => set("description", event.target.value)} onBlur={rest} />}
      </Field>
      <p className="text-xs text-muted">{words.nothing}. {words.workflow.choose}</p>
    </div>
  );
}
