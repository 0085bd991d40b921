/** Which runs are shown: text, status, workflow, what started them, when. On a phone the text stays, and the rest is behind a button. */
import { SlidersHorizontal, X } from "lucide-react";
import { type ReactElement, Suspense, useEffect, useRef, useState } from "react";
import { type Address, useAddress } from "~/lib/address";
import { later } from "~/lib/later";
import { history as words } from "~/lib/strings/history";
import { Button } from "~/ui/button";
import { Select } from "~/ui/field";
import { SearchBox } from "~/ui/search-box";
import { useNarrow } from "~/ui/use-narrow";
import { type Choice, type Chosen, chosenOf, useChoices } from "./choices.ts";
import { isFiltered, none } from "./filters.ts";

const FilterSheet = later(() => import("./filter-sheet.tsx"), "FilterSheet");

const rest = 250;

export function FilterBar(): ReactElement {
  const [address, change] = useAddress();
  const [text, setText] = useTyped(address["q"] ?? "", change);
  const choices = useChoices(address);
  const narrow = useNarrow(640);
  const search = <SearchBox label={words.search} value={text} onChange={setText} className="min-w-0 flex-1 sm:max-w-80 sm:min-w-44" />;
  if (narrow) return <Narrow search={search} choices={choices} address={address} change={change} />;
  return (
    <>
      {search}
      {choices.map(({ name, label, options }) => (
        <Select key={name} aria-label={label} value={address[name] ?? ""} onChange={(event) => change({ [name]: event.target.value })} className="!w-auto max-w-44 field-sizing-content">
          {options.map(([value, shown]) => (
            <option key={value} value={value}>
              {value === "" ? `${label}: ${shown}` : shown}
            </option>
          ))}
        </Select>
      ))}
      {isFiltered(address) ? (
        <Button small variant="quiet" onClick={() => change(none)}>
          {words.clear}
        </Button>
      ) : null}
    </>
  );
}

/** What is typed; it is asked for when the typing rests. */
function useTyped(asked: string, change: (changes: Address) => void): [string, (text: string) => void] {
  const [text, setText] = useState(asked);
  const [known, setKnown] = useState(asked);
  // Another address than the one this field made: somebody went back, or cleared the filters.
  if (known !== asked) {
    setKnown(asked);
    setText(asked);
  }
  useEffect(() => {
    if (text === asked) return undefined;
    const timer = setTimeout(() => change({ q: text }), rest);
    return () => clearTimeout(timer);
  }, [text, asked, change]);
  return [text, setText];
}

interface NarrowProps {
  search: ReactElement;
  choices: readonly Choice[];
  address: Address;
  change: (changes: Address) => void;
}

function Narrow({ search, choices, address, change }: NarrowProps): ReactElement {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const chosen = chosenOf(choices, address);
  // What is taken away goes with its button: the focus stays in the bar.
  const remove = (changes: Address): void => {
    change(changes);
    button.current?.focus();
  };
  return (
    <>
      {search}
      <Button ref={button} icon={SlidersHorizontal} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {words.filters.open(chosen.length)}
      </Button>
      {chosen.length > 0 ? (
        <ul aria-label={words.filters.set} className="flex w-full flex-wrap items-center gap-1.5">
          {chosen.map((each) => (
            <li key={each.choice.name} className="max-w-full min-w-0">
              <Remove chosen={each} onRemove={() => remove({ [each.choice.name]: undefined })} />
            </li>
          ))}
        </ul>
      ) : null}
      <Suspense fallback={null}>{open ? <FilterSheet choices={choices} address={address} change={change} onClose={() => setOpen(false)} /> : null}</Suspense>
    </>
  );
}

function Remove({ chosen: { choice, shown }, onRemove }: { chosen: Chosen; onRemove: () => void }): ReactElement {
  return (
    <button
      type="button"
      aria-label={words.filters.remove(choice.label, shown)}
      className="inline-flex h-7 max-w-full items-center gap-1.5 rounded-full border border-accent-soft bg-accent-soft px-2.5 text-xs font-medium text-accent"
      onClick={onRemove}
    >
      <span className="min-w-0 truncate">{shown}</span>
      <X size={14} aria-hidden className="shrink-0" />
    </button>
  );
}
