/** A new run that begins in the middle of this one, with an edited input. */
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { call } from "~/lib/api";
import { run as words } from "~/lib/strings/run";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Checkbox, Field, Select, TextArea } from "~/ui/field";
import { isObject } from "~/ui/value-shapes";
import { useRun } from "../context.ts";
import { parsed } from "./json-field.ts";

export function ForkDialog({ node, onClose }: { node: string; onClose: () => void }): ReactElement {
  const { detail, nameOf } = useRun();
  const navigate = useNavigate();
  const said = words.dialogs.fork;
  const before = JSON.stringify(detail.input, null, 2);
  const [input, setInput] = useState(before);
  const [config, setConfig] = useState("{}");
  const [version, setVersion] = useState<"pinned" | "published">("pinned");
  const [simulate, setSimulate] = useState(detail.simulated);
  const [given, fields] = [parsed(input), parsed(config)];
  const wrong = { input: given.ok ? null : said.json, config: !fields.ok ? said.json : fields.value !== null && !isObject(fields.value) ? said.object : null };
  const act = useMutation({
    mutationFn: () =>
      call("POST /api/executions/{id}/fork", {
        path: { id: detail.id },
        body: {
          node,
          version,
          simulate,
          ...(given.ok && input !== before ? { input: given.value } : {}),
          ...(fields.ok && isObject(fields.value) && Object.keys(fields.value).length > 0 ? { config: fields.value as never } : {}),
        },
      }),
    onSuccess: ({ execution }) => {
      toast(words.actions.done.fork, { tone: "success" });
      onClose();
      void navigate({ to: "/runs/$id", params: { id: execution.id } });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={said.title(nameOf(node))}
      about={said.about}
      actions={
        <>
          <Button onClick={onClose}>{words.dialogs.keep}</Button>
          <Button variant="primary" busy={act.isPending} unavailable={wrong.input ?? wrong.config} onClick={() => act.mutate()}>
            {said.act}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={said.input} help={said.inputHelp} error={wrong.input}>
          {(control) => <TextArea {...control} rows={8} spellCheck={false} className="font-mono" value={input} onChange={(event) => setInput(event.target.value)} />}
        </Field>
        <Field label={said.config} help={said.configHelp} error={wrong.config}>
          {(control) => <TextArea {...control} rows={3} spellCheck={false} className="font-mono" value={config} onChange={(event) => setConfig(event.target.value)} />}
        </Field>
        <Field label={said.version}>
          {(control) => (
            <Select {...control} value={version} onChange={(event) => setVersion(event.target.value as "pinned" | "published")}>
              <option value="pinned">{said.pinned}</option>
              <option value="published">{said.published}</option>
            </Select>
          )}
        </Field>
        <Checkbox label={said.simulate} checked={simulate} onChange={(event) => setSimulate(event.target.checked)} />
        {act.error ? (
          <p role="alert" className="text-sm text-danger">
            {act.error.message}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}
