/** Settings: who one is, how this browser behaves, where one is signed in, who is a member, and what programs may. */
import type { ReactElement } from "react";
import { savesByHand, singleKeys, theme } from "~/lib/preferences";
import { useMay, useMe } from "~/lib/session";
import { useStored } from "~/lib/stored";
import { settings } from "~/lib/strings/settings";
import { Card } from "~/ui/card";
import { Field, Select } from "~/ui/field";
import { PageFrame } from "~/ui/page-frame";
import { Switch } from "~/ui/switch";
import { Grants } from "./grants.tsx";
import { Keys } from "./keys.tsx";
import { Members } from "./members.tsx";
import { Sessions } from "./sessions.tsx";

export function Page(): ReactElement {
  const manages = useMay("key:manage");
  return (
    <PageFrame title={settings.title}>
      <div className="mx-auto flex max-w-3xl flex-col gap-4">
        <Profile />
        <Browser />
        <Sessions />
        <Members />
        <Grants />
        {manages ? <Keys /> : null}
      </div>
    </PageFrame>
  );
}

function Profile(): ReactElement {
  const me = useMe().data;
  return (
    <Card title={settings.profile}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1">
        <dt className="text-muted">{settings.name}</dt>
        <dd>{me?.name}</dd>
        <dt className="text-muted">{settings.role}</dt>
        <dd>{me ? settings.roles[me.role] : ""}</dd>
      </dl>
    </Card>
  );
}

function Browser(): ReactElement {
  const [chosen, choose] = useStored(theme);
  const [single, setSingle] = useStored(singleKeys);
  const [byHand, setByHand] = useStored(savesByHand);
  return (
    <Card title={settings.browser}>
      <div className="flex flex-col gap-4">
        <Field label={settings.theme} className="max-w-60">
          {(control) => (
            <Select {...control} value={chosen} onChange={(event) => choose(event.target.value === "light" || event.target.value === "dark" ? event.target.value : "system")}>
              {(["system", "light", "dark"] as const).map((name) => (
                <option key={name} value={name}>
                  {settings.themes[name]}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Switch label={settings.singleKeys} help={settings.singleKeysHelp} checked={single} onChange={setSingle} />
        <Switch label={settings.savesByHand} help={settings.savesByHandHelp} checked={byHand} onChange={setByHand} />
      </div>
    </Card>
  );
}
