/** A list of steps of this workflow: where a way shall lead (`C`), or what is looked for (`Ctrl+F`). */
import { Command } from "cmdk";
import { type KeyboardEvent, type ReactElement, useRef, useState } from "react";
import { builder as say } from "~/lib/strings/builder";
import { cx } from "~/ui/cx";
import { KindIcon } from "./kind-icon.tsx";
import { useOutside } from "./step-picker.tsx";

export interface Target {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly type: string;
  readonly app?: string | undefined;
  /** Why it cannot be chosen. */
  readonly refused?: string | null;
}

export interface TargetPickerProps {
  label: string;
  targets: readonly Target[];
  /** The ports to choose from, where there is more than one. */
  ports?: readonly string[];
  port?: string;
  onPort?: (port: string) => void;
  onPick: (id: string) => void;
  onClose: () => void;
}

const none: readonly string[] = [];

export function TargetPicker({ label, targets, ports = none, port, onPort, onPick, onClose }: TargetPickerProps): ReactElement {
  const [query, setQuery] = useState("");
  const frame = useRef<HTMLDivElement>(null);
  useOutside(frame, onClose);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = targets.filter((target) => words.every((word) => `${target.title} ${target.id} ${target.about}`.toLowerCase().includes(word))).slice(0, 100);
  const press = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") onClose();
  };
  return (
    // Keys that are typed here are the list's, and not the canvas's below.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={frame} className="absolute top-3 left-1/2 z-20 flex max-h-96 w-96 -translate-x-1/2 flex-col overflow-hidden rounded-md border border-line bg-surface shadow-float" onKeyDown={press}>
      {ports.length > 1 ? (
        <fieldset className="flex flex-wrap items-center gap-1 border-b border-line px-3 py-2 text-xs">
          <legend className="sr-only">{say.connect.port}</legend>
          {ports.map((each) => (
            <button key={each} type="button" aria-pressed={each === port} onClick={() => onPort?.(each)} className={cx("rounded-sm border px-2 py-0.5", each === port ? "border-accent bg-accent-soft text-accent" : "border-line hover:bg-hover")}>
              {say.port(each)}
            </button>
          ))}
        </fieldset>
      ) : null}
      <Command label={label} shouldFilter={false} className="flex min-h-0 flex-col">
        {/* It was opened to be typed in. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <Command.Input autoFocus value={query} onValueChange={setQuery} placeholder={label} className="h-10 shrink-0 border-b border-line bg-transparent px-3 text-sm outline-none" />
        <Command.List className="min-h-0 overflow-y-auto p-1">
          <Command.Empty className="px-3 py-6 text-center text-sm text-muted">{say.connect.none}</Command.Empty>
          {shown.map((target) => (
            <Command.Item key={target.id} value={target.id} disabled={Boolean(target.refused)} onSelect={() => onPick(target.id)} className="flex min-h-9 cursor-pointer items-center gap-2 rounded px-2 py-1 data-[disabled=true]:opacity-60 data-[selected=true]:bg-hover">
              <KindIcon type={target.type} app={target.app} size={18} />
              <span className="min-w-0 flex-1">
                <span className="block truncate text-sm">{target.title}</span>
                <span className="block truncate text-xs text-muted">{target.refused ?? target.about}</span>
              </span>
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </div>
  );
}
