/** What the tokens were used for: step by step, with model and price. */
import type { Used } from "@tenuto/react/core";
import type { ReactElement } from "react";
import { count, dollars, microdollars } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { Dialog } from "~/ui/dialog";
import { type Column, Table } from "~/ui/table";
import { useRun, useShown } from "../context.ts";

interface Line {
  readonly id: string;
  readonly name: string;
  readonly used: Used;
}

export function CostDialog({ onClose }: { onClose: () => void }): ReactElement {
  const { nameOf } = useRun();
  const { state } = useShown();
  const lines: Line[] = [...state.nodes].flatMap(([id, { usage }]) => (usage && usage.calls > 0 ? [{ id, name: nameOf(id), used: usage }] : []));
  const rows = state.usage ? [...lines, { id: "\u0000all", name: words.cost.total, used: state.usage }] : lines;
  return (
    <Dialog open onClose={onClose} title={words.cost.title} about={words.cost.about} shape="large">
      <div className="overflow-x-auto">
        <Table label={words.cost.title} rows={rows} columns={columns} keyOf={(row) => row.id} />
      </div>
    </Dialog>
  );
}

const said = words.cost.columns;
const columns: readonly Column<Line>[] = [
  { id: "step", title: said.step, className: "max-w-64", cell: (row) => <span className="block truncate">{row.name}</span> },
  { id: "model", title: said.model, cell: ({ used }) => [used.provider, used.model].filter(Boolean).join(" / ") || "—" },
  { id: "calls", title: said.calls, align: "end", cell: ({ used }) => count(used.calls) },
  { id: "input", title: said.input, align: "end", cell: ({ used }) => count(used.input_tokens) },
  { id: "cached", title: said.cached, align: "end", cell: ({ used }) => (used.cached_tokens === null ? "—" : count(used.cached_tokens)) },
  { id: "output", title: said.output, align: "end", cell: ({ used }) => count(used.output_tokens) },
  { id: "price", title: said.price, cell: ({ used }) => (used.price ? words.cost.price(dollars(used.price.input ?? 0), dollars(used.price.output ?? 0)) : "—") },
  {
    id: "cost",
    title: said.cost,
    align: "end",
    cell: ({ used }) => (
      <>
        {used.cost === null ? words.cost.unpriced : microdollars(used.cost)}
        {used.estimated || used.simulated ? <span className="text-muted"> ({used.simulated ? words.cost.simulated : words.cost.estimated})</span> : null}
      </>
    ),
  },
];
