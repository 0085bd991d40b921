/** Many small things to choose one of, as one stop of the Tab key: arrows walk, Home and End leap. */
import { type KeyboardEvent, type ReactElement, type ReactNode, useEffect, useRef } from "react";
import { cx } from "./cx.ts";

export interface StripItem {
  key: string;
  /** What it is, for those who do not see it and for the pointer that rests on it. */
  name: string;
  content: ReactNode;
  className?: string;
}

export interface StripProps {
  label: string;
  items: readonly StripItem[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
  className?: string;
}

const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY };

export function Strip({ label, items, chosen, onChoose, className }: StripProps): ReactElement {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    row.current?.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const pressed = (event: KeyboardEvent): void => {
    const by = steps[event.key];
    const cells = [...(row.current?.children ?? [])] as HTMLElement[];
    const from = cells.indexOf(document.activeElement as HTMLElement);
    if (by === undefined || from < 0) return;
    event.preventDefault();
    cells[Math.min(Math.max(from + by, 0), cells.length - 1)]?.focus();
  };
  const stop = items.some((each) => each.key === chosen) ? chosen : items[0]?.key;
  return (
    <div ref={row} role="toolbar" aria-label={label} onKeyDown={pressed} className={cx("flex flex-wrap gap-0.5 overflow-y-auto p-0.5", className)}>
      {items.map(({ key, name, content, className: look }) => (
        <button
          key={key}
          type="button"
          title={name}
          aria-label={name}
          aria-pressed={key === chosen}
          tabIndex={key === stop ? 0 : -1}
          onClick={() => onChoose(key)}
          className={cx("flex size-6 items-center justify-center rounded-sm border pointer-coarse:size-11", look, key === chosen && "ring-2 ring-accent")}
        >
          {content}
        </button>
      ))}
    </div>
  );
}
