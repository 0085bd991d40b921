/** Every change by name, to go to. */
import { type ReactElement, useEffect, useRef } from "react";
import { versions as say } from "~/lib/strings/versions";
import { cx } from "~/ui/cx";
import type { PartChange, PartKind } from "../model/index.ts";
import { MarkWord } from "./mark-word.tsx";
import { titled } from "./words.ts";

const kinds: readonly PartKind[] = ["step", "way", "setting", "note", "group"];

export interface ChangeListProps {
  changes: readonly PartChange[];
  chosen: PartChange | null;
  onChoose: (change: PartChange) => void;
}

export function ChangeList({ changes, chosen, onChoose }: ChangeListProps): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={list} className="flex flex-col gap-3 p-2">
      {kinds.map((kind) => {
        const own = changes.filter((change) => change.kind === kind);
        if (own.length === 0) return null;
        return (
          <section key={kind} aria-labelledby={`changes-${kind}`}>
            <h3 id={`changes-${kind}`} className="px-2 pb-1 text-xs font-semibold text-muted">
              {say.kinds[kind]}
            </h3>
            <ul>
              {own.map((change) => (
                <li key={change.id}>
                  <button
                    type="button"
                    aria-current={change === chosen ? "true" : undefined}
                    onClick={() => onChoose(change)}
                    className={cx("flex min-h-9 w-full items-center justify-between gap-3 rounded px-2 py-1 text-left text-sm pointer-coarse:min-h-11", change === chosen ? "bg-accent-soft" : "hover:bg-hover")}
                  >
                    <span className="min-w-0 break-words">{titled(change)}</span>
                    <MarkWord mark={change.mark} />
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
