/** Pins a value to what a step gives: from what is known of it, or written as JSON; changes it, takes it away. */
import { useQuery } from "@tanstack/react-query";
import type { SampleView } from "@tenuto/react/api";
import { type ReactElement, useState } from "react";
import { Problem, reading } from "~/lib/api";
import { trials as say } from "~/lib/strings/trials";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Field, Select, TextArea } from "~/ui/field";
import { type DocNode, type EditorView, portsOf, titleOf } from "../model/index.ts";
import { useTrialsContext } from "./context.ts";
import { parsed, shownJson } from "./json-text.ts";

export function PinDialog({ view }: { view: EditorView }): ReactElement | null {
  const { pinning } = useTrialsContext();
  const node = pinning === null ? undefined : view.document.nodes[pinning];
  return node === undefined ? null : <Known key={node.key} node={node} view={view} />;
}

/** What is known is read anew each time, and what is typed afterwards stays. */
function Known({ node, view }: { node: DocNode; view: EditorView }): ReactElement | null {
  const { workflowId } = useTrialsContext();
  const known = useQuery({ ...reading("GET /api/workflows/{id}/samples/{node}", { path: { id: workflowId, node: node.key }, query: { whole: true } }), retry: false });
  return known.isFetchedAfterMount ? <Form node={node} view={view} samples={known.isPlaceholderData ? [] : (known.data?.samples ?? [])} /> : null;
}

function Form({ node, view, samples }: { node: DocNode; view: EditorView; samples: readonly SampleView[] }): ReactElement {
  const trials = useTrialsContext();
  const first = samples[0];
  const ports = portsOf(node, view.catalog);
  const [port, setPort] = useState(first !== undefined && ports.includes(first.port) ? first.port : (ports[0] ?? "out"));
  const [text, setText] = useState(first === undefined ? "" : shownJson(first.value));
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const pinned = trials.pins.get(node.key)?.find((pin) => pin.port === port);
  const act = async (what: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await what();
      trials.close();
    } catch (error) {
      setWrong(error instanceof Problem ? [error.message, error.fix].filter(Boolean).join(" ") : say.pin.failed);
      setBusy(false);
    }
  };
  const put = async (): Promise<void> => {
    const value = text.trim() === "" ? null : parsed(text);
    if (value === null) return setWrong(say.pin.notJson);
    const same = first !== undefined && shownJson(first.value) === text;
    await act(() => trials.pin(node.key, port, value.value, same ? sourceOf(first) : "edited"));
  };
  return (
    <Dialog
      open
      onClose={trials.close}
      title={say.pin.title(titleOf(node))}
      about={say.pin.about}
      actions={
        <>
          {pinned === undefined ? null : (
            <Button busy={busy} onClick={() => void act(() => trials.unpin(node.key, port))}>
              {say.pin.remove}
            </Button>
          )}
          <Button variant="primary" busy={busy} onClick={() => void put()}>
            {pinned === undefined ? say.pin.put : say.pin.change}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={say.pin.value} help={first === undefined ? undefined : say.pin.from(say.source(first.source))} error={wrong ?? undefined}>
          {(control) => (
            <TextArea
              {...control}
              rows={10}
              spellCheck={false}
              value={text}
              className="font-mono text-mono"
              onChange={(event) => {
                setText(event.target.value);
                setWrong(null);
              }}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void put();
              }}
            />
          )}
        </Field>
        {ports.length > 1 ? (
          <Field label={say.pin.port}>
            {(control) => (
              <Select {...control} value={port} onChange={(event) => setPort(event.target.value)}>
                {ports.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </Select>
            )}
          </Field>
        ) : null}
      </div>
    </Dialog>
  );
}

/** As the API names where a pinned value is from. */
export function sourceOf(sample: SampleView): string {
  if (sample.source === "test") return "test";
  return sample.run ?? "edited";
}
