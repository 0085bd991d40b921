/** The workflow as YAML: the same document, two ways. What cannot be read stays in the field, is said, and changes nothing. */
import { type ReactElement, useMemo, useState } from "react";
import { text as words } from "~/lib/strings/outline.ts";
import { Button } from "~/ui/button.tsx";
import { CodeArea } from "../inspector/code-area.tsx";
import { type EditorView, type NodeKey, replaceWith } from "../model/index.ts";
import { placeAt, placesIn } from "./places.ts";
import { definitionOf, textOf } from "./yaml.ts";

export interface TextViewProps {
  readonly view: EditorView;
  readonly readOnly?: boolean;
  /** Shows the step that the caret was put into, where the graph stands beside the text. */
  readonly show?: ((key: NodeKey) => void) | undefined;
}

interface Draft {
  readonly text: string;
  readonly wrong: string | null;
}

export function TextView({ view, readOnly = false, show }: TextViewProps): ReactElement {
  // While somebody types, their text stands as they wrote it; comments and blank lines are theirs until they leave the field.
  const [draft, setDraft] = useState<Draft | null>(null);
  const written = textOf(view.document);
  const type = (text: string): void => {
    const read = definitionOf(text);
    setDraft({ text, wrong: read.wrong });
    if (read.definition !== null) view.dispatch({ type: "edit", edit: replaceWith(read.definition) });
  };
  const leave = (): void => {
    if (draft?.wrong === null) setDraft(null);
    view.dispatch({ type: "rest" });
  };
  const wrong = draft?.wrong ?? null;
  const text = draft?.text ?? written;
  const places = useMemo(() => placesIn(text), [text]);
  const chosen = view.selection.nodes.at(-1);
  const caret = (at: number): void => {
    const key = placeAt(places, at)?.key;
    if (key === undefined || key === chosen || view.document.nodes[key] === undefined) return;
    view.dispatch({ type: "select", selection: { nodes: [key] } });
    show?.(key);
  };
  return (
    <div className="flex h-full min-h-0 flex-col gap-2 p-3 [--code-height:100%]">
      <p className="text-xs text-muted">{words.about}</p>
      <CodeArea
        control={{ id: "workflow-text", ...(wrong === null ? {} : { "aria-invalid": true as const }) }}
        label={words.label}
        language="yaml"
        value={text}
        range={places.find((place) => place.key === chosen) ?? null}
        onCaret={caret}
        readOnly={readOnly}
        className="min-h-0 flex-1 overflow-y-auto"
        onChange={type}
        onBlur={leave}
      />
      <div role="status" className="min-h-6 text-sm">
        {wrong === null ? null : (
          <span className="flex flex-wrap items-center gap-2 text-danger">
            {words.wrong} {wrong}
            <Button small onClick={() => setDraft(null)}>
              {words.undo}
            </Button>
          </span>
        )}
      </div>
    </div>
  );
}
