/** The times above the rows, and the stretches that are folded. */
import type { ReactElement } from "react";
import { duration } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import type { Layout } from "../model/layout.ts";

/** Where ticks are closer than a tenth of a second, they are told in milliseconds: else several would say the same. */
const told = (after: number, fine: boolean): string => (fine ? `${after} ms` : duration(after));

export function Scale({ layout, onOpen }: { layout: Layout; onOpen: (from: number) => void }): ReactElement {
  const between = (layout.ticks[1]?.after ?? 0) - (layout.ticks[0]?.after ?? 0);
  const fine = between % 100 !== 0 && (layout.ticks.at(-1)?.after ?? 0) < 10_000;
  return (
    <div className="relative h-6 overflow-hidden text-xs text-muted">
      {layout.ticks.map(({ x, after }) => (
        <span key={after} className="absolute top-1 border-l border-line pl-1 whitespace-nowrap" style={{ left: x }}>
          {after === 0 ? "0" : told(after, fine)}
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
