/** Lets somebody in, and says how that person comes in: by a link that the machine's administrator makes. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { call, stale } from "~/lib/api";
import { members as words, type RoleName, roles } from "~/lib/strings/members";
import { Button } from "~/ui/button";
import { CopyButton } from "~/ui/copy-button";
import { Dialog } from "~/ui/dialog";
import { Field, Input, Select } from "~/ui/field";

export function NewMember({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<RoleName>("operator");
  const adding = useMutation({
    mutationFn: () => call("POST /api/members", { body: { name: name.trim(), role, ...(email.trim() ? { email: email.trim() } : {}) } }),
    onSuccess: () => stale(queries, "members"),
  });
  if (adding.data) return <Added id={adding.data.member.id} name={adding.data.member.name} onClose={onClose} />;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim()) adding.mutate();
  };
  const actions = (
    <>
      <Button onClick={onClose}>{words.keep}</Button>
      <Button variant="primary" type="submit" form="new-member" busy={adding.isPending}>
        {words.add}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} shape="small" title={words.add} about={words.addAbout} actions={actions}>
      <form id="new-member" noValidate onSubmit={submit} className="flex flex-col gap-3">
        <Field label={words.name} required>
          {(control) => <Input {...control} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={words.email} help={words.emailHelp}>
          {(control) => <Input {...control} type="email" value={email} maxLength={254} onChange={(event) => setEmail(event.target.value)} />}
        </Field>
        <Field label={words.role} help={words.may[role]}>
          {(control) => (
            <Select {...control} value={role} onChange={(event) => setRole(roles.find((each) => each === event.target.value) ?? "viewer")}>
              {roles.map((each) => (
                <option key={each} value={each}>
                  {words.short[each]}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {adding.error ? (
          <p role="alert" className="text-sm text-danger">
            {adding.error.message}
          </p>
        ) : null}
      </form>
    </Dialog>
  );
}

function Added({ id, name, onClose }: { id: string; name: string; onClose: () => void }): ReactElement {
  const command = `tenuto link ${id}`;
  const actions = (
    <Button variant="primary" onClick={onClose}>
      {words.done}
    </Button>
  );
  return (
    <Dialog open onClose={onClose} shape="small" title={words.added(name)} about={words.addedAbout} actions={actions}>
      <div className="flex items-center gap-2">
        <Field label={words.command} hideLabel className="flex-1">
          {(control) => <Input {...control} readOnly value={command} onFocus={(event) => event.target.select()} className="font-mono" />}
        </Field>
        <CopyButton withWord text={command} label={words.copy} />
      </div>
    </Dialog>
  );
}
