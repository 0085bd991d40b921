/** Makes the draft the version that runs. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { client, Problem, stale } from "~/lib/api";
import { builder as say } from "~/lib/strings/builder";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { inputClass } from "~/ui/field";
import { ChangeSummary } from "./change-summary.tsx";
import type { Draft } from "./use-draft.ts";

export function PublishButton({ id, draft, errors, onSee }: { id: string; draft: Draft; errors: number; onSee: () => void }): ReactElement {
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const queries = useQueryClient();
  const publish = async (): Promise<void> => {
    try {
      if (!(await draft.settle())) return setWrong(say.draft.failed);
      const { version } = await client.transport.json<{ version: { number: number } }>(`/api/workflows/${encodeURIComponent(id)}/publish`, { method: "POST", body: note === "" ? {} : { note } });
      toast(say.page.published(version.number), { tone: "success" });
      setOpen(false);
      await stale(queries, "workflows");
      draft.reload();
    } catch (error) {
      setWrong(error instanceof Problem ? [error.message, error.fix].filter(Boolean).join(" ") : say.draft.failed);
    }
  };
  const begin = (): void => {
    setOpen(true);
    setWrong(null);
    // What is compared is the draft as the server has it.
    void draft.settle();
  };
  const act = (
    <Button variant="primary" onClick={() => void publish()}>
      {say.page.publish}
    </Button>
  );
  return (
    <>
      <Button variant="primary" unavailable={errors > 0 ? say.page.blocked(errors) : null} onClick={begin}>
        {say.page.publish}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={say.page.publishTitle} about={say.page.publishAbout} shape="small" actions={act}>
        {draft.saved === null ? null : <ChangeSummary id={id} version={draft.saved.version} rev={draft.saved.rev} onSee={onSee} />}
        <label className="mt-3 flex flex-col gap-1 text-sm">
          <span className="font-medium">{say.page.publishNote}</span>
          <input value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} className={inputClass} />
        </label>
        {wrong === null ? null : (
          <p role="alert" className="mt-2 text-sm text-danger">
            {wrong}
          </p>
        )}
      </Dialog>
    </>
  );
}
