/** One change: its fields before and after, side by side. */
import type { ReactElement, ReactNode } from "react";
import { stringify } from "yaml";
import { versions as say } from "~/lib/strings/versions";
import type { FieldChange, Json, PartChange } from "../model/index.ts";
import { MarkWord } from "./mark-word.tsx";
import { parted } from "./parted.ts";
import { titled } from "./words.ts";

export function Details({ change }: { change: PartChange }): ReactElement {
  const { fields, mark, moved } = change;
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="min-w-0 text-base font-semibold break-words">{titled(change)}</h2>
        <MarkWord mark={mark} />
      </div>
      {mark === "moved" ? <p className="text-sm text-muted">{say.compare.moved}</p> : moved ? <p className="text-sm text-muted">{say.compare.movedToo}</p> : null}
      {fields.map((field) => (
        <FieldView key={field.path.join("/")} field={field} only={mark === "added" ? "after" : mark === "removed" ? "before" : null} />
      ))}
    </div>
  );
}

/** A step that is the same in both states: what it does. */
export function Unchanged({ title, fields, alone }: Pick<PartChange, "title" | "fields"> & { alone: boolean }): ReactElement {
  return (
    <div className="flex flex-col gap-4 p-4">
      <h2 className="min-w-0 text-base font-semibold break-words">{title}</h2>
      {alone ? null : <p className="text-sm text-muted">{say.compare.unchanged}</p>}
      {fields.map((field) => (
        <section key={field.path.join("/")} aria-label={nameOf(field)} className="flex min-w-0 flex-col gap-1">
          <h3 className="font-mono text-xs text-muted">{nameOf(field)}</h3>
          <div className={box}>{written(field.after)}</div>
        </section>
      ))}
    </div>
  );
}

const box = "max-h-80 min-h-7 overflow-y-auto rounded border border-line bg-sunken px-2 py-1 font-mono text-mono break-words whitespace-pre-wrap";

function FieldView({ field, only }: { field: FieldChange; only: "before" | "after" | null }): ReactElement {
  const [before, after] = [written(field.before), written(field.after)];
  const cut = before !== null && after !== null ? parted(before, after) : null;
  return (
    <section aria-label={nameOf(field)} className="flex min-w-0 flex-col gap-1">
      <h3 className="font-mono text-xs text-muted">{nameOf(field)}</h3>
      <dl className={only === null ? "grid grid-cols-1 gap-2 sm:grid-cols-2" : "grid grid-cols-1"}>
        {only === "after" ? null : (
          <Side label={say.compare.before}>{cut === null ? (before ?? <Absent />) : <Cut start={cut.start} end={cut.end}>{cut.before === "" ? null : <del className="bg-danger-soft text-danger">{cut.before}</del>}</Cut>}</Side>
        )}
        {only === "before" ? null : (
          <Side label={say.compare.after}>{cut === null ? (after ?? <Absent />) : <Cut start={cut.start} end={cut.end}>{cut.after === "" ? null : <ins className="bg-success-soft text-success">{cut.after}</ins>}</Cut>}</Side>
        )}
      </dl>
    </section>
  );
}

function Cut({ start, end, children }: { start: string; end: string; children: ReactNode }): ReactElement {
  return (
    <>
      {start}
      {children}
      {end}
    </>
  );
}

function Side({ label, children }: { label: string; children: ReactNode }): ReactElement {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className={box}>{children}</dd>
    </div>
  );
}

function Absent(): ReactElement {
  return <span className="text-faint italic">{say.compare.absent}</span>;
}

function nameOf(field: FieldChange): string {
  return field.path.length === 0 ? say.compare.whole : field.path.join(" › ");
}

function written(value: Json | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : stringify(value, { lineWidth: 60 }).trimEnd();
}
