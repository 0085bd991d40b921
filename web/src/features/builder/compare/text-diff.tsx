/** Both states as YAML, beside each other; on a phone what went stands above what came. */
import { type ReactElement, useEffect, useRef } from "react";
import { versions as say } from "~/lib/strings/versions";
import { useNarrow } from "~/ui/use-narrow";
import type { Document } from "../model/index.ts";
import { textOf } from "../text/yaml.ts";

export interface TextDiffProps {
  before: Document;
  after: Document;
  labels: readonly [string, string];
}

export function TextDiff({ before, after, labels }: TextDiffProps): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const [one, other] = labels;
  const narrow = useNarrow(640);
  useEffect(() => {
    let end: (() => void) | null = null;
    let gone = false;
    void import("./text-setup.ts").then(({ mountCompared }) => {
      if (gone || host.current === null) return;
      end = mountCompared(host.current, { before: textOf(before), after: textOf(after), labels: [say.compare.textLabel(one), say.compare.textLabel(other)], narrow });
    });
    return () => {
      gone = true;
      end?.();
    };
  }, [before, after, one, other, narrow]);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="grid shrink-0 grid-cols-2 border-b border-line text-xs font-medium text-muted" aria-hidden>
        <span className="border-danger px-3 py-1.5 max-sm:border-l-4">{one}</span>
        <span className="border-l border-line px-3 py-1.5 max-sm:border-l-4 max-sm:border-success">{other}</span>
      </div>
      <div ref={host} className="min-h-0 flex-1 overflow-y-auto bg-surface" />
    </div>
  );
}
