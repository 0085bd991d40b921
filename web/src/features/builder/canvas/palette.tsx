/** All steps beside the canvas, to be searched and dragged in; a click puts one after what is selected. */
import { type DragEvent, type ReactElement, useMemo, useState } from "react";
import { builder as say } from "~/lib/strings/builder";
import { quantity } from "~/lib/format";
import { SearchBox } from "~/ui/search-box";
import type { Catalog, Document, NewStep } from "../model/index.ts";
import { type Choice, choicesFor, found, type GroupName } from "./choices.ts";
import { KindIcon } from "./kind-icon.tsx";
import { noteUsed } from "./recent.ts";

export const dragType = "application/x-tenuto-step";

const order: readonly GroupName[] = ["agents", "logic", "data", "people", "flow", "apps"];

export interface PaletteProps {
  document: Document;
  catalog: Catalog;
  onPick: (step: NewStep) => void;
}

export function Palette({ document, catalog, onPick }: PaletteProps): ReactElement {
  const [query, setQuery] = useState("");
  const choices = useMemo(() => choicesFor(document, catalog), [document, catalog]);
  const shown = query.trim() === "" ? null : found(choices, query);
  return (
    <section aria-label={say.palette.label} data-region tabIndex={-1} className="flex h-full min-h-0 flex-col border-r border-line bg-surface">
      <div className="p-3 pb-2">
        <SearchBox label={say.palette.search} value={query} onChange={setQuery} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {shown === null ? order.map((group) => <Group key={group} group={group} choices={choices.filter((choice) => choice.group === group)} catalog={catalog} onPick={onPick} />) : <Rows choices={shown} onPick={onPick} />}
        {shown?.length === 0 ? <p className="px-2 py-6 text-center text-sm text-muted">{say.picker.none}</p> : null}
      </div>
    </section>
  );
}

function Group({ group, choices, catalog, onPick }: { group: GroupName; choices: readonly Choice[]; catalog: Catalog; onPick: (step: NewStep) => void }): ReactElement {
  return (
    <>
      <h2 className="px-2 pt-3 pb-1 text-xs font-semibold text-muted">{say.groups[group]}</h2>
      <Rows choices={choices.filter((choice) => choice.app === undefined)} onPick={onPick} />
      {group === "apps"
        ? catalog.data.connectors.map((app) => (
            <details key={app.key} className="group">
              <summary className="flex min-h-8 cursor-pointer list-none items-center gap-2 rounded px-2 text-sm hover:bg-hover">
                <KindIcon type="integration" app={app.key} size={18} />
                <span className="flex-1 truncate">{app.name}</span>
                <span className="text-xs text-muted">{quantity(app.actions.length, "action")}</span>
              </summary>
              <Rows choices={choices.filter((choice) => choice.app === app.key)} onPick={onPick} />
            </details>
          ))
        : null}
    </>
  );
}

function Rows({ choices, onPick }: { choices: readonly Choice[]; onPick: (step: NewStep) => void }): ReactElement {
  return (
    <ul>
      {choices.map((choice) => (
        <li key={choice.id}>
          <button
            type="button"
            draggable
            title={choice.about}
            onDragStart={(event) => carry(event, choice)}
            onClick={() => {
              noteUsed(choice.id);
              onPick(choice.step);
            }}
            className="flex min-h-8 w-full cursor-grab items-center gap-2 rounded px-2 py-1 text-left text-sm hover:bg-hover"
          >
            <KindIcon type={choice.type} app={choice.app} size={18} />
            <span className="min-w-0 flex-1 truncate">{choice.title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function carry(event: DragEvent, choice: Choice): void {
  event.dataTransfer.setData(dragType, JSON.stringify(choice.step));
  event.dataTransfer.effectAllowed = "copy";
  noteUsed(choice.id);
}

/** The step that a drag brings, if it brings one. */
export function carried(data: DataTransfer): NewStep | null {
  const text = data.getData(dragType);
  if (text === "") return null;
  return JSON.parse(text) as NewStep;
}
