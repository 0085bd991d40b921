/** While Shift is held on one selected card: where its data comes from, dotted, with the path that it reads. */
import { ViewportPortal } from "@xyflow/react";
import { type ReactElement, useEffect, useState } from "react";
import { absolute, type Catalog, type Document, type NodeKey, referencesOf } from "../model/index.ts";

export function DataWays({ document, catalog, node }: { document: Document; catalog: Catalog; node: NodeKey }): ReactElement | null {
  const held = useShift();
  const target = absolute(document, catalog, node);
  const spec = document.nodes[node];
  if (!held || target === undefined || spec === undefined) return null;
  const lines = referencesOf(document, spec).flatMap(({ source, path }) => {
    const from = absolute(document, catalog, source);
    return from === undefined ? [] : [{ key: `${source} ${path}`, path, x: from.x + 120, y: from.y + 80 }];
  });
  const end = { x: target.x + 120, y: target.y + 80 };
  return (
    <ViewportPortal>
      <svg aria-hidden className="pointer-events-none absolute top-0 left-0 overflow-visible" width={1} height={1}>
        {lines.map((line) => (
          <path key={line.key} d={`M${line.x},${line.y} C${line.x},${line.y + 70} ${end.x},${end.y + 70} ${end.x},${end.y}`} fill="none" stroke="var(--mark-pinned)" strokeWidth={2} strokeDasharray="2 5" />
        ))}
      </svg>
      {lines.map((line, index) => (
        <span key={line.key} className="pointer-events-none absolute top-0 left-0 rounded-sm border border-mark-pinned bg-surface px-1 font-mono text-xs text-mark-pinned" style={{ transform: `translate(${(line.x + end.x) / 2 - 40}px, ${(line.y + end.y) / 2 + 44 + index * 18}px)` }}>
          {line.path}
        </span>
      ))}
    </ViewportPortal>
  );
}

function useShift(): boolean {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => setHeld(event.shiftKey);
    const end = (): void => setHeld(false);
    window.addEventListener("keydown", hear);
    window.addEventListener("keyup", hear);
    window.addEventListener("blur", end);
    return () => {
      window.removeEventListener("keydown", hear);
      window.removeEventListener("keyup", hear);
      window.removeEventListener("blur", end);
    };
  }, []);
  return held;
}
