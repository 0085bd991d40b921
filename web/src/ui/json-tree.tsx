/** A JSON value as a tree that opens level by level; large lists show a part and say so. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactElement, useState } from "react";
import { count, quantity } from "~/lib/format";
import { cx } from "./cx.ts";

const step = 100;
const longest = 400;

export interface JsonTreeProps {
  value: unknown;
  /** What the value is: "Output of Classify". */
  label: string;
  /** How many levels are open at first. */
  open?: number;
  /** Called with the path of a value that is pressed, where values can be chosen. */
  onPick?: ((path: readonly (string | number)[]) => void) | undefined;
}

export function JsonTree({ value, label, open = 2, onPick }: JsonTreeProps): ReactElement {
  return (
    <div role="group" aria-label={label} className="overflow-x-auto font-mono text-mono">
      <Part name={null} value={value} path={[]} open={open} onPick={onPick} />
    </div>
  );
}

interface PartProps {
  name: string | number | null;
  value: unknown;
  path: readonly (string | number)[];
  open: number;
  onPick: JsonTreeProps["onPick"];
}

function Part({ name, value, path, open, onPick }: PartProps): ReactElement {
  if (typeof value === "object" && value !== null) return <Branch name={name} value={value} path={path} open={open} onPick={onPick} />;
  const leaf = (
    <>
      <Name name={name} />
      <Leaf value={value} />
    </>
  );
  if (!onPick) return <div className="min-w-40 pl-5">{leaf}</div>;
  return (
    <button type="button" className="block w-full rounded-sm pl-5 text-left hover:bg-hover" onClick={() => onPick(path)}>
      {leaf}
    </button>
  );
}

function Branch({ name, value, path, open, onPick }: PartProps & { value: object }): ReactElement {
  const [shown, setShown] = useState(open > 0);
  const [limit, setLimit] = useState(step);
  const list = Array.isArray(value);
  const entries: [string | number, unknown][] = list ? value.map((item, index) => [index, item]) : Object.entries(value);
  const size = list ? quantity(entries.length, "item") : quantity(entries.length, "field");
  const Arrow = shown ? ChevronDown : ChevronRight;
  return (
    <div>
      <button type="button" aria-expanded={shown} className="flex min-h-6 max-w-full items-center rounded-sm pr-1 text-left hover:bg-hover" onClick={() => setShown(!shown)}>
        <Arrow size={14} aria-hidden className="mr-1.5 shrink-0" />
        <Name name={name} />
        <span className="shrink-0 text-muted">
          {list ? "[ ]" : "{ }"} {size}
        </span>
      </button>
      {shown ? (
        <div className="ml-[7px] border-l border-line pl-2">
          {entries.slice(0, limit).map(([key, item]) => (
            <Part key={key} name={key} value={item} path={[...path, key]} open={open - 1} onPick={onPick} />
          ))}
          {entries.length > limit ? (
            <button type="button" className="pl-5 text-accent underline" onClick={() => setLimit(limit + step)}>
              Show {count(Math.min(step, entries.length - limit))} more of {count(entries.length)}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function Name({ name }: { name: string | number | null }): ReactElement | null {
  return name === null ? null : <span className="mr-2 min-w-0 text-accent">{name}:</span>;
}

function Leaf({ value }: { value: unknown }): ReactElement {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") return <span className="text-state-waiting">{String(value)}</span>;
  const long = value.length > longest && !whole;
  return (
    <span className={cx("break-words whitespace-pre-wrap", value === "" && "text-muted")}>
      {value === "" ? "empty text" : long ? value.slice(0, longest) : value}
      {long ? (
        <button type="button" className="ml-1 text-accent underline" onClick={() => setWhole(true)}>
          … {count(value.length - longest)} more characters
        </button>
      ) : null}
    </span>
  );
}
