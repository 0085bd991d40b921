/** Makes a key and shows it this once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { settings } from "~/lib/strings/settings";
import { Button } from "~/ui/button";
import { CopyButton } from "~/ui/copy-button";
import { Dialog } from "~/ui/dialog";
import { Field, Input, Select } from "~/ui/field";

const roles = ["viewer", "operator", "editor", "owner"] as const;
type Role = (typeof roles)[number];

export function NewKey({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const making = useMutation({
    mutationFn: () => call("POST /api/keys", { body: { name: name.trim(), role } }),
    onSuccess: () => stale(queries, "keys"),
    // The value is nowhere but on this page, and gone with it.
    gcTime: 0,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim()) making.mutate();
  };
  if (making.data) {
    return (
      <Dialog
        open
        onClose={onClose}
        title={settings.made}
        about={settings.madeAbout}
        actions={
          <Button variant="primary" onClick={onClose}>
            {settings.done}
          </Button>
        }
      >
        <div className="flex items-center gap-2">
          <Field label={settings.made} hideLabel className="flex-1">
            {(control) => <Input {...control} readOnly value={making.data.value} onFocus={(event) => event.target.select()} className="font-mono" />}
          </Field>
          <CopyButton withWord text={making.data.value} label={settings.copy} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      shape="small"
      title={settings.newKey}
      actions={
        <>
          <Button onClick={onClose}>{settings.cancel}</Button>
          <Button variant="primary" type="submit" form="new-key" busy={making.isPending}>
            {settings.make}
          </Button>
        </>
      }
    >
      <form id="new-key" onSubmit={submit} className="flex flex-col gap-3">
        <Field label={settings.keyName} help={settings.keyNameHelp} required error={making.error?.message}>
          {(control) => <Input {...control} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={settings.role}>
          {(control) => (
            <Select {...control} value={role} onChange={(event) => setRole(roles.find((each) => each === event.target.value) ?? "viewer")}>
              {roles.map((each) => (
                <option key={each} value={each}>
                  {settings.roles[each]}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </form>
    </Dialog>
  );
}
