/** The filters of a phone, each with its name; what is chosen shows behind it at once. */
import type { ReactElement } from "react";
import type { Address } from "~/lib/address";
import { history as words } from "~/lib/strings/history";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Field, Select } from "~/ui/field";
import type { Choice } from "./choices.ts";
import { isFiltered, none } from "./filters.ts";

export interface FilterSheetProps {
  choices: readonly Choice[];
  address: Address;
  change: (changes: Address) => void;
  onClose: () => void;
}

export function FilterSheet({ choices, address, change, onClose }: FilterSheetProps): ReactElement {
  const actions = (
    <>
      <Button disabled={!isFiltered(address)} onClick={() => change(none)}>
        {words.clear}
      </Button>
      <Button variant="primary" onClick={onClose}>
        {words.filters.done}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={words.filters.title} shape="small" actions={actions}>
      <div className="flex flex-col gap-4">
        {choices.map(({ name, label, options }) => (
          <Field key={name} label={label}>
            {(control) => (
              <Select {...control} value={address[name] ?? ""} onChange={(event) => change({ [name]: event.target.value })}>
                {options.map(([value, shown]) => (
                  <option key={value} value={value}>
                    {shown}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        ))}
      </div>
    </Dialog>
  );
}
