/** A value that went into a step or came out: as a tree, a table, text, or as it is; large ones on demand. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type ReactElement, useDeferredValue, useMemo, useState } from "react";
import { bytes, count } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { client } from "~/lib/api";
import { Button } from "~/ui/button";
import { CopyButton } from "~/ui/copy-button";
import { Select } from "~/ui/field";
import { JsonTree } from "~/ui/json-tree";
import { SearchBox } from "~/ui/search-box";
import { ErrorState } from "~/ui/states";
import { type Large, type Shape, columnsOf, isObject, largeOf, mostShown, shapesOf } from "./blob.ts";

export interface ValueViewProps {
  value: unknown;
  /** "Output of Classify". */
  label: string;
}

export function ValueView({ value, label }: ValueViewProps): ReactElement {
  const large = largeOf(value);
  return large ? <LargeView large={large} label={label} /> : <Shown value={value} label={label} />;
}

const most = 1_000;

function Shown({ value, label }: ValueViewProps): ReactElement {
  const shapes = useMemo(() => shapesOf(value), [value]);
  const [wanted, setWanted] = useState<Shape | null>(null);
  const [search, setSearch] = useState("");
  const find = useDeferredValue(search);
  const shape = wanted && shapes.includes(wanted) ? wanted : (shapes[0] ?? "raw");
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Select aria-label={words.value.shapeLabel} value={shape} onChange={(event) => setWanted(event.target.value as Shape)} className="!w-24">
          {shapes.map((each) => (
            <option key={each} value={each}>
              {words.value.shapes[each]}
            </option>
          ))}
        </Select>
        <SearchBox label={words.value.find} value={search} onChange={setSearch} className="min-w-32 flex-1" />
        <CopyButton text={() => raw(value)} label={words.value.copy} />
      </div>
      {find ? <Found text={raw(value)} find={find} /> : <As shape={shape} value={value} label={label} />}
    </div>
  );
}

function As({ shape, value, label }: ValueViewProps & { shape: Shape }): ReactElement {
  if (shape === "tree") return <JsonTree value={value} label={label} />;
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
      {rows.length > most ? <p className="p-2 text-xs text-muted">{words.value.rows(most, rows.length)}</p> : null}
    </div>
  );
}

function Found({ text, find }: { text: string; find: string }): ReactElement {
  const needle = find.toLowerCase();
  const lines = text.split("\n").flatMap((line, index) => (line.toLowerCase().includes(needle) ? [{ line, index }] : []));
  return (
    <div className="flex flex-col gap-1 text-xs">
      <p role="status" className="text-muted">
        {words.value.hits(lines.length)}
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

function LargeView({ large, label }: { large: Large; label: string }): ReactElement {
  const [wanted, setWanted] = useState(false);
  const small = large.size <= mostShown;
  const loaded = useQuery({
    queryKey: ["blob", large.digest],
    enabled: wanted && small && large.url !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const response = await client.transport.open(large.url ?? "", { signal });
      const text = await response.text();
      return { value: large.media_type === "application/json" ? (JSON.parse(text) as unknown) : text };
    },
  });
  if (loaded.data) return <Shown value={loaded.data.value} label={label} />;
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>{words.value.large(bytes(large.size))}</p>
      {large.preview ? (
        <figure>
          <figcaption className="mb-1 text-xs text-muted">{words.value.preview}</figcaption>
          <pre className="overflow-hidden rounded bg-sunken p-3 font-mono text-mono break-words whitespace-pre-wrap">{large.preview} …</pre>
        </figure>
      ) : null}
      {loaded.error ? <ErrorState message={loaded.error.message} onRetry={() => void loaded.refetch()} /> : null}
      <div className="flex flex-wrap gap-2">
        {small ? (
          <Button small busy={loaded.isFetching} onClick={() => setWanted(true)}>
            {loaded.isFetching ? words.value.loading : words.value.load(bytes(large.size))}
          </Button>
        ) : (
          <p className="basis-full text-muted">{words.value.tooLarge}</p>
        )}
        {large.url ? (
          <a href={large.url} download className="inline-flex h-7 items-center gap-2 rounded border border-edge bg-surface px-2.5 text-xs font-medium hover:bg-hover pointer-coarse:h-11">
            <Download size={14} aria-hidden />
            {words.value.download}
          </a>
        ) : null}
      </div>
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
