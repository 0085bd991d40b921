/** Thousands of items as ranges of one size: how each stands at a glance, and which of them is looked into. */
import type { RangesAnswer } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { count } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { Strip, type StripItem } from "~/ui/strip";
import { type Standing, standings } from "../model/ranges.ts";

export function Ranges({ spread, chosen, failedOnly, onChoose }: { spread: RangesAnswer; chosen: number; failedOnly: boolean; onChoose: (first: number) => void }): ReactElement {
  const shown = standings(spread).filter(({ failed }) => !failedOnly || failed > 0);
  if (shown.length === 0) return <p className="text-sm text-muted">{words.iterations.none}</p>;
  return <Strip label={words.iterations.ranges(spread.size)} className="max-h-40" items={shown.map(itemOf)} chosen={String(chosen)} onChoose={(key) => onChoose(Number(key))} />;
}

function itemOf(standing: Standing): StripItem {
  const { first, last, ended, total, failed } = standing;
  return { key: String(first), name: `${words.iterations.items(first, last)}: ${words.iterations.of(ended, total, failed)}`, content: <Picture standing={standing} />, className: failed > 0 ? "border-2 border-state-failed" : "border-edge" };
}

/** Filled from below as far as it has come; how many failed stands in it as a number. */
function Picture({ standing: { ended, total, failed } }: { standing: Standing }): ReactElement {
  const height = Math.round((ended / total) * 20);
  return (
    <svg viewBox="0 0 20 20" className="size-full" aria-hidden>
      <rect x={0} y={20 - height} width={20} height={height} className={failed > 0 ? "fill-danger-soft" : "fill-success-soft"} />
      <text x={10} y={14} textAnchor="middle" className={failed > 0 ? "fill-state-failed text-[9px] font-semibold" : "fill-state-done text-[10px]"}>
        {failed > 0 ? (failed > 99 ? "99+" : count(failed)) : ended === total ? "✓" : ""}
      </text>
    </svg>
  );
}
