/** A workflow from a file or from pasted text; what is wrong with it is said where it was pasted, and nothing of it is lost. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ChangeEvent, type ReactElement, useState } from "react";
import { Problem, call, stale } from "~/lib/api";
import { workflows as words } from "~/lib/strings/workflows";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Field, fileClass, TextArea } from "~/ui/field";

export function Import({ onClose }: { onClose: () => void }): ReactElement {
  const [text, setText] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const bring = useMutation({
    mutationFn: () => call("POST /api/workflows/import", { body: { text } }),
    onSuccess: async ({ workflow }) => {
      await stale(queries, "workflows");
      toast(words.imported(String((workflow["name"] as string | undefined) ?? words.unnamed)), { tone: "success" });
      await navigate({ to: "/workflows/$id", params: { id: String(workflow["id"] as string) } });
    },
  });
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    void event.target.files?.[0]?.text().then(setText);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.importTitle}
      about={words.importAbout}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button variant="primary" disabled={text.trim() === ""} busy={bring.isPending} onClick={() => bring.mutate()}>
            {words.import}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={words.file}>{(control) => <input {...control} type="file" accept=".yaml,.yml,.json" className={fileClass} onChange={choose} />}</Field>
        <Field label={words.text} error={bring.error ? said(bring.error) : undefined}>
          {(control) => <TextArea {...control} rows={14} className="font-mono text-mono" value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
      </div>
    </Dialog>
  );
}

function said(error: Error): string {
  return error instanceof Problem && error.fix ? `${error.message} ${error.fix}` : error.message;
}
