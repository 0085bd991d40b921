/** A value as a tree, a table, text, or as it is; what is searched for in it is found by line. */
import { type ReactElement, useDeferredValue, useMemo, useState } from "react";
import { count } from "~/lib/format";
import { value as words } from "~/lib/strings/ui";
import { CopyButton } from "./copy-button.tsx";
import { Select } from "./field.tsx";
import { JsonTree } from "./json-tree.tsx";
import { SearchBox } from "./search-box.tsx";
import { columnsOf, isObject, type Shape, shapesOf } from "./value-shapes.ts";

export interface ValueShownProps {
  value: unknown;
  /** "Output of Classify". */
  label: string;
  /** How many levels of a tree are open at first. */
  open?: number;
}

const most = 1_000;

export function ValueShown({ value, label, open = 2 }: ValueShownProps): ReactElement {
  const shapes = useMemo(() => shapesOf(value), [value]);
  const [wanted, setWanted] = useState<Shape | null>(null);
  const [search, setSearch] = useState("");
  const find = useDeferredValue(search);
  const shape = wanted && shapes.includes(wanted) ? wanted : (shapes[0] ?? "raw");
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Select aria-label={words.shapeLabel} value={shape} onChange={(event) => setWanted(event.target.value as Shape)} className="!w-24">
          {shapes.map((each) => (
            <option key={each} value={each}>
              {words.shapes[each]}
            </option>
          ))}
        </Select>
        <SearchBox label={words.find} value={search} onChange={setSearch} className="min-w-32 flex-1" />
        <CopyButton text={() => raw(value)} label={words.copy} />
      </div>
      {find ? <Found text={raw(value)} find={find} /> : <As shape={shape} value={value} label={label} open={open} />}
    </div>
  );
}

function As({ shape, value, label, open }: Required<ValueShownProps> & { shape: Shape }): ReactElement {
  if (shape === "tree") return <JsonTree value={value} label={label} open={open} />;
  if (shape === "table" && Array.isArray(value)) return <ValueTable rows={value} label={label} />;
  const text = shape === "text" ? (typeof value === "string" ? value : String(value)) : raw(value);
  return (
    // A region that scrolls takes focus, so that arrow keys move it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre tabIndex={0} aria-label={label} className="max-h-[60vh] overflow-auto rounded bg-sunken p-3 font-mono text-mono break-words whitespace-pre-wrap">
      {text === "" ? " " : text}
    </pre>
  );
}

function ValueTable({ rows, label }: { rows: readonly unknown[]; label: string }): ReactElement {
  const columns = columnsOf(rows);
  const shown = rows.slice(0, most);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div tabIndex={0} role="group" aria-label={label} className="max-h-[60vh] overflow-auto rounded border border-line">
      <table className="w-full border-collapse text-left text-xs">
        <thead>
          <tr>
            <th scope="col" className="sticky top-0 bg-surface px-2 py-1 text-muted">
              #
            </th>
            {columns.map((column) => (
              <th key={column} scope="col" className="sticky top-0 bg-surface px-2 py-1 font-medium text-muted">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- rows of a value have nothing else that tells them apart, and never move
            <tr key={String(index)} className="border-t border-line align-top">
              <td className="px-2 py-1 text-muted">{index}</td>
              {columns.map((column) => (
                <td key={column} className="max-w-60 truncate px-2 py-1 font-mono">
                  {cell(isObject(row) ? row[column] : undefined)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > most ? <p className="p-2 text-xs text-muted">{words.rows(most, rows.length)}</p> : null}
    </div>
  );
}

function Found({ text, find }: { text: string; find: string }): ReactElement {
  const needle = find.toLowerCase();
  const lines = text.split("\n").flatMap((line, index) => (line.toLowerCase().includes(needle) ? [{ line, index }] : []));
  return (
    <div className="flex flex-col gap-1 text-xs">
      <p role="status" className="text-muted">
        {words.hits(lines.length)}
      </p>
      <ol className="font-mono text-mono">
        {lines.slice(0, 200).map(({ line, index }) => (
          <li key={index} className="flex gap-3">
            <span className="w-10 shrink-0 text-right text-muted">{count(index + 1)}</span>
            <span className="min-w-0 break-words">{line.trim().slice(0, 400)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function raw(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "null";
}

function cell(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
