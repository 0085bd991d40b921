/** Exactly what will be done: each argument with its name, long text complete. */
import type { JsonValue } from "@tenuto/react/core";
import type { ReactElement } from "react";
import { approvals as words } from "~/lib/strings/approvals";
import { JsonTree } from "~/ui/json-tree";

export function Arguments({ value }: { value: JsonValue }): ReactElement | null {
  if (value === null) return null;
  const fields = typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : null;
  return (
    <section aria-label={words.exactly} className="flex flex-col gap-2">
      <h3 className="font-semibold">{words.exactly}</h3>
      {fields ? (
        <dl className="divide-y divide-line rounded-md border border-line">
          {fields.map(([name, each]) => (
            <div key={name} className="grid grid-cols-1 gap-x-4 gap-y-1 px-3 py-2 sm:grid-cols-[160px_minmax(0,1fr)]">
              <dt className="min-w-0 text-sm text-muted">{name}</dt>
              <dd className="min-w-0 text-sm">
                <Value value={each ?? null} name={name} />
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <div className="rounded-md border border-line px-3 py-2">
          <Value value={value} name={words.exactly} />
        </div>
      )}
      <p className="text-xs text-muted">{words.bound}</p>
    </section>
  );
}

function Value({ value, name }: { value: JsonValue; name: string }): ReactElement {
  if (typeof value === "object" && value !== null) return <JsonTree value={value} label={name} open={3} />;
  if (typeof value === "string") return <span className="break-words whitespace-pre-wrap">{value === "" ? <span className="text-muted">{words.empty}</span> : value}</span>;
  return <span className="font-mono">{typeof value === "boolean" ? (value ? words.yes : words.no) : String(value)}</span>;
}
