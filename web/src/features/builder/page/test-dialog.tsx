/** A test run of what is on the screen, in simulation. */
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { client, Problem } from "~/lib/api";
import { builder as say } from "~/lib/strings/builder";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { type Document, write } from "../model/index.ts";

export interface TestDialogProps {
  document: Document;
  open: boolean;
  onClose: () => void;
}

export function TestDialog({ document, open, onClose }: TestDialogProps): ReactElement {
  const navigate = useNavigate();
  const [text, setText] = useState('{"message": "Hello"}');
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const start = async (): Promise<void> => {
    const input = parsed(text);
    if (input === undefined) return setWrong(say.page.notJson);
    setBusy(true);
    try {
      const run = await client.execute({ workflow: write(document) as never, input: input as never, simulate: true });
      await navigate({ to: "/runs/$id", params: { id: run.id } });
    } catch (error) {
      setWrong(error instanceof Problem ? [error.message, error.fix].filter(Boolean).join(" ") : say.draft.failed);
    } finally {
      setBusy(false);
    }
  };
  const act = (
    <Button variant="primary" busy={busy} onClick={() => void start()}>
      {say.page.testStart}
    </Button>
  );
  return (
    <Dialog open={open} onClose={onClose} title={say.page.test} about={say.page.testAbout} shape="medium" actions={act}>
      <label className="flex flex-col gap-1 text-sm">
        <span className="font-medium">{say.page.testInput}</span>
        <textarea
          value={text}
          rows={6}
          spellCheck={false}
          aria-invalid={wrong !== null}
          onChange={(event) => {
            setText(event.target.value);
            setWrong(null);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void start();
          }}
          className="w-full rounded border border-edge bg-surface p-2 font-mono text-mono"
        />
        <span className="text-xs text-muted">{say.page.testInputHelp}</span>
      </label>
      {wrong === null ? null : (
        <p role="alert" className="mt-2 text-sm text-danger">
          {wrong}
        </p>
      )}
    </Dialog>
  );
}

function parsed(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
