/** The one list of steps: opened by `N`, by a `+`, or by a way that was let go over empty canvas. */
import { Command } from "cmdk";
import { type KeyboardEvent, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { builder as say } from "~/lib/strings/builder";
import type { Catalog, Document, NewStep } from "../model/index.ts";
import { type Choice, choicesFor, found, type GroupName } from "./choices.ts";
import { KindIcon } from "./kind-icon.tsx";
import { noteUsed, recent } from "./recent.ts";

export interface StepPickerProps {
  document: Document;
  catalog: Catalog;
  /** On the screen. */
  at: { readonly x: number; readonly y: number };
  onPick: (step: NewStep) => void;
  onClose: () => void;
}

const width = 360;
const height = 420;
const order: readonly GroupName[] = ["agents", "logic", "data", "people", "flow", "apps"];

export function StepPicker({ document, catalog, at, onPick, onClose }: StepPickerProps): ReactElement {
  const [query, setQuery] = useState("");
  const frame = useRef<HTMLDivElement>(null);
  const choices = useMemo(() => choicesFor(document, catalog), [document, catalog]);
  useOutside(frame, onClose);
  const take = (choice: Choice): void => {
    noteUsed(choice.id);
    onPick(choice.step);
  };
  const press = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") onClose();
  };
  const place = { left: Math.max(8, Math.min(at.x, innerWidth - width - 8)), top: Math.max(8, Math.min(at.y, innerHeight - height - 8)), width, maxHeight: height };
  return (
    // Keys that are typed here are the list's, and not the canvas's below.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={frame} className="fixed z-40 flex flex-col overflow-hidden rounded-md border border-line bg-surface shadow-float" style={place} onKeyDown={press}>
      <Command label={say.picker.label} shouldFilter={false} className="flex min-h-0 flex-col">
        {/* It was opened to be typed in. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <Command.Input autoFocus value={query} onValueChange={setQuery} placeholder={say.picker.placeholder} className="h-10 shrink-0 border-b border-line bg-transparent px-3 text-sm outline-none" />
        <Command.List className="min-h-0 overflow-y-auto p-1">
          <Command.Empty className="px-3 py-6 text-center text-sm text-muted">{say.picker.none}</Command.Empty>
          {query.trim() === "" ? <Whole choices={choices} onTake={take} onApp={(name) => setQuery(`${name} `)} catalog={catalog} /> : found(choices, query).map((choice) => <Row key={choice.id} choice={choice} onTake={take} />)}
        </Command.List>
      </Command>
    </div>
  );
}

/** What is there before anything is typed: the last three, the kinds by group, and one row for each app. */
function Whole({ choices, catalog, onTake, onApp }: { choices: readonly Choice[]; catalog: Catalog; onTake: (choice: Choice) => void; onApp: (name: string) => void }): ReactElement {
  const last = recent.get().flatMap((id) => choices.find((choice) => choice.id === id) ?? []);
  return (
    <>
      {last.length > 0 ? <Group heading={say.picker.recent}>{last.map((choice) => <Row key={`recent ${choice.id}`} prefix="recent " choice={choice} onTake={onTake} />)}</Group> : null}
      {order.map((group) => (
        <Group key={group} heading={say.groups[group]}>
          {choices.filter((choice) => choice.group === group && choice.app === undefined).map((choice) => <Row key={choice.id} choice={choice} onTake={onTake} />)}
          {group === "apps" ? catalog.data.connectors.map((app) => <App key={app.key} name={app.name} app={app.key} count={app.actions.length} onApp={onApp} />) : null}
        </Group>
      ))}
    </>
  );
}

function Group({ heading, children }: { heading: string; children: React.ReactNode }): ReactElement {
  return (
    <Command.Group heading={heading} className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-muted">
      {children}
    </Command.Group>
  );
}

const rowClass = "flex min-h-9 cursor-pointer items-center gap-2 rounded px-2 py-1 data-[selected=true]:bg-hover";

function Row({ choice, prefix = "", onTake }: { choice: Choice; prefix?: string; onTake: (choice: Choice) => void }): ReactElement {
  return (
    <Command.Item value={prefix + choice.id} onSelect={() => onTake(choice)} className={rowClass}>
      <KindIcon type={choice.type} app={choice.app} size={18} />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm">{choice.title}</span>
        <span className="block truncate text-xs text-muted">{choice.about}</span>
      </span>
    </Command.Item>
  );
}

function App({ name, app, count, onApp }: { name: string; app: string; count: number; onApp: (name: string) => void }): ReactElement {
  return (
    <Command.Item value={`app ${app}`} onSelect={() => onApp(name)} className={rowClass}>
      <KindIcon type="integration" app={app} size={18} />
      <span className="flex-1 truncate text-sm">{name}</span>
      <span className="text-xs text-muted">{say.picker.actions(count)}</span>
    </Command.Item>
  );
}

export function useOutside(frame: React.RefObject<HTMLElement | null>, onClose: () => void): void {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const press = (event: PointerEvent): void => {
      if (event.target instanceof Node && !frame.current?.contains(event.target)) close.current();
    };
    document.addEventListener("pointerdown", press, true);
    return () => document.removeEventListener("pointerdown", press, true);
  }, [frame]);
}
