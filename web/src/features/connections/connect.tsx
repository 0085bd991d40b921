/** Connecting: by the vendor's own page in another window, or by what is typed in. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { Problem, call, readingCatalog, stale } from "~/lib/api";
import { useMe } from "~/lib/session";
import { connections as words } from "~/lib/strings/connections";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Checkbox, Field, Input, Select } from "~/ui/field";
import { Read } from "~/ui/read";
import { useConsent } from "./use-consent.ts";
import { type Connector, type Way, waysOf } from "./ways.ts";

const said = words.form;

/** `integration` is one that is chosen already, or "yes". */
export function Connect({ integration, onClose }: { integration: string; onClose: () => void }): ReactElement {
  const query = useQuery(readingCatalog);
  return (
    <Dialog open onClose={onClose} title={said.title}>
      <Read query={query} what="the applications" needs="catalog:read">
        {({ connectors }) => <Form connectors={connectors.filter((each) => waysOf(each).length > 0)} first={integration} onClose={onClose} />}
      </Read>
    </Dialog>
  );
}

function Form({ connectors, first, onClose }: { connectors: readonly Connector[]; first: string; onClose: () => void }): ReactElement {
  const [key, setKey] = useState(connectors.some((each) => each.key === first) ? first : (connectors[0]?.key ?? ""));
  const connector = connectors.find((each) => each.key === key);
  const ways = connector === undefined ? [] : waysOf(connector);
  const [kind, setKind] = useState<string | null>(null);
  const way = ways.find((each) => each.kind === kind) ?? ways[0];
  return (
    <div className="flex flex-col gap-4 pb-2">
      <Field label={said.integration}>
        {(control) => (
          <Select {...control} value={key} onChange={(event) => (setKey(event.target.value), setKind(null))}>
            {connectors.map((each) => (
              <option key={each.key} value={each.key}>
                {each.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {ways.length < 2 ? null : (
        <Field label={said.way}>
          {(control) => (
            <Select {...control} value={way?.kind ?? ""} onChange={(event) => setKind(event.target.value)}>
              {ways.map((each) => (
                <option key={each.kind} value={each.kind}>
                  {each.kind === "oauth2" ? said.consent : (said.typed[each.kind] ?? each.kind)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {connector === undefined || way === undefined ? null : way.kind === "oauth2" ? (
        <Consent key={key} connector={connector} way={way} onClose={onClose} />
      ) : (
        <Typed key={`${key} ${way.kind}`} connector={connector} way={way} onClose={onClose} />
      )}
    </div>
  );
}

interface PartProps {
  connector: Connector;
  way: Way;
  onClose: () => void;
}

function Fields({ way, values, onChange }: { way: Way; values: Readonly<Record<string, string>>; onChange: (values: Record<string, string>) => void }): ReactElement[] {
  return way.fields.map((field) => (
    <Field key={field.name} label={field.name.replaceAll("_", " ")} help={field.description} required>
      {(control) => <Input {...control} value={values[field.name] ?? ""} placeholder={field.example} onChange={(event) => onChange({ ...values, [field.name]: event.target.value })} />}
    </Field>
  ));
}

function Consent({ connector, way, onClose }: PartProps): ReactElement {
  const [values, setValues] = useState<Record<string, string>>({});
  const [shared, setShared] = useState(true);
  const queries = useQueryClient();
  const consent = useConsent(connector, async () => {
    await stale(queries, "connections", "catalog");
    toast(said.done(connector.name), { tone: "success" });
    onClose();
  });
  const lacking = way.fields.some((field) => !values[field.name]?.trim());
  return (
    <>
      <Fields way={way} values={values} onChange={setValues} />
      <div className="text-sm text-muted">
        {way.scopes.length === 0 ? said.noScopes : said.scopes}
        <ul className="mt-1 list-disc pl-5 font-mono text-mono">
          {way.scopes.map((scope) => (
            <li key={scope}>{scope}</li>
          ))}
        </ul>
      </div>
      <Shared checked={shared} onChange={setShared} />
      <div role="status" className="text-sm">
        {consent.state === "waiting" ? said.waiting : consent.state === "expired" ? said.expired : ""}
      </div>
      {consent.error ? (
        <p role="alert" className="text-sm text-danger">
          {consent.error}
        </p>
      ) : null}
      {consent.blocked === null ? null : (
        <p className="text-sm">
          {said.blocked}{" "}
          <a href={consent.blocked} className="text-accent underline" onClick={() => sessionStorage.setItem("tenuto.back", location.pathname)}>
            {said.here}
          </a>
        </p>
      )}
      <div className="flex justify-end gap-2">
        {consent.state === "waiting" ? <Button onClick={consent.stop}>{said.closed}</Button> : <Button onClick={onClose}>{said.cancel}</Button>}
        <Button variant="primary" disabled={lacking} busy={consent.state === "waiting"} onClick={() => consent.begin(values, shared)}>
          {said.open}
        </Button>
      </div>
    </>
  );
}

/** Whose it is: everybody's, or one's own. */
function Shared({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }): ReactElement {
  return (
    <div className="flex flex-col gap-0.5">
      <Checkbox label={said.shared} checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <p className="text-xs text-muted">{said.sharedHelp}</p>
    </div>
  );
}

function Typed({ connector, way, onClose }: PartProps): ReactElement {
  const [values, setValues] = useState<Record<string, string>>({});
  const [name, setName] = useState("default");
  const [user, setUser] = useState("");
  const [secret, setSecret] = useState("");
  const [shared, setShared] = useState(true);
  const { data: me } = useMe();
  const queries = useQueryClient();
  const keep = useMutation({
    mutationFn: () => call("POST /api/connections", { body: { integration: connector.key, name, way: way.kind, fields: values, shared, ...(shared || me == null ? {} : { user_id: me.id }), ...(way.user === null ? {} : { user }), ...(way.secret === null ? {} : { secret }) } }),
    onSuccess: async ({ tried }) => {
      setSecret("");
      await stale(queries, "connections", "catalog");
      toast(tried ? said.done(connector.name) : said.untried, { tone: tried ? "success" : "plain" });
      onClose();
    },
  });
  const lacking = name.trim() === "" || (way.user !== null && user.trim() === "") || (way.secret !== null && secret === "") || way.fields.some((field) => !values[field.name]?.trim());
  return (
    <form className="flex flex-col gap-4" onSubmit={(event) => (event.preventDefault(), keep.mutate())}>
      <Field label={said.name} help={said.nameHelp} required>
        {(control) => <Input {...control} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Fields way={way} values={values} onChange={setValues} />
      {way.user === null ? null : (
        <Field label={way.user || said.user} required>
          {(control) => <Input {...control} value={user} onChange={(event) => setUser(event.target.value)} />}
        </Field>
      )}
      {way.secret === null ? null : (
        <Field label={way.secret || said.secret} help={said.secretHelp} required>
          {(control) => <Input {...control} type="password" autoComplete="new-password" value={secret} onChange={(event) => setSecret(event.target.value)} />}
        </Field>
      )}
      <Shared checked={shared} onChange={setShared} />
      {keep.error ? (
        <p role="alert" className="text-sm text-danger">
          {keep.error.message} {keep.error instanceof Problem ? keep.error.fix : null}
        </p>
      ) : null}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{said.cancel}</Button>
        <Button type="submit" variant="primary" disabled={lacking} busy={keep.isPending}>
          {said.keep}
        </Button>
      </div>
    </form>
  );
}
