/** The times above the rows, and the stretches that are folded. */
import type { ReactElement } from "react";
import { duration } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import type { Layout } from "../model/layout.ts";

export function Scale({ layout, onOpen }: { layout: Layout; onOpen: (from: number) => void }): ReactElement {
  return (
    <div className="relative h-6 overflow-hidden text-xs text-muted">
      {layout.ticks.map(({ x, after }) => (
        <span key={after} className="absolute top-1 border-l border-line pl-1 whitespace-nowrap" style={{ left: x }}>
          {after === 0 ? "0" : duration(after)}
        </span>
      ))}
      {layout.axis.bands.map((band) => (
        <button
          key={band.from}
          type="button"
          title={words.timeline.band(duration(band.to - band.from))}
          aria-label={words.timeline.band(duration(band.to - band.from))}
          onClick={() => onOpen(band.from)}
          className="hatched absolute inset-y-0 border-x-2 border-edge text-edge hover:bg-hover"
          style={{ left: band.x, width: band.width }}
        />
      ))}
    </div>
  );
}
