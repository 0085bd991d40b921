/** All ways as one path, where the canvas is seen from far away. */
import { getSmoothStepPath, Position, ViewportPortal } from "@xyflow/react";
import { type ReactElement, useMemo } from "react";
import { absolute, type Catalog, type Document, graphOf, portPlaces } from "../model/index.ts";

export function FarWays({ document, catalog }: { document: Document; catalog: Catalog }): ReactElement {
  const path = useMemo(() => pathOf(document, catalog), [document, catalog]);
  return (
    <ViewportPortal>
      <svg aria-hidden className="pointer-events-none absolute top-0 left-0 -z-10 overflow-visible" width={1} height={1}>
        <path d={path} fill="none" stroke="var(--edge)" strokeWidth={8} />
      </svg>
    </ViewportPortal>
  );
}

function pathOf(document: Document, catalog: Catalog): string {
  return graphOf(document)
    .links.map((link) => {
      const [from, to] = [absolute(document, catalog, link.source), absolute(document, catalog, link.target)];
      const node = document.nodes[link.source];
      if (from === undefined || to === undefined || node === undefined) return "";
      const port = portPlaces(node, catalog).find((each) => each.name === link.port);
      const ends = { sourceX: from.x + from.width, sourceY: from.y + (port?.y ?? 40), targetX: to.x, targetY: to.y + 40 };
      return getSmoothStepPath({ ...ends, sourcePosition: Position.Right, targetPosition: Position.Left, borderRadius: 0 })[0];
    })
    .join(" ");
}
