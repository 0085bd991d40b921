/** Figures of a step: when, how long, what it used, and what it means for the length of the run. */
import type { NodeDetail } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { duration, exactly, percent } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { CopyButton } from "~/ui/copy-button";
import type { Critical } from "../model/critical.ts";
import { usedOf } from "../model/from-detail.ts";
import { usage } from "../model/verdict.ts";

export function Facts({ node, found, path }: { node: string; found: NodeDetail | undefined; path: Critical | null }): ReactElement | null {
  if (!found) return null;
  const said = words.inspector.timing;
  const step = path?.steps.find((each) => each.node === node);
  const slack = path?.slack.get(node);
  const rows: [string, string][] = [
    [said.started, found.started_at ? exactly(found.started_at) : ""],
    [said.took, found.started_at && found.finished_at ? duration(Date.parse(found.finished_at) - Date.parse(found.started_at)) : ""],
    [said.port, found.port && found.port !== "out" ? found.port : ""],
    [said.effect, found.effect === "pure" ? "" : found.effect.replace("_", " ")],
    ["Used", usage(usedOf(found.usage)).join(" · ")],
    [said.self, step ? `${duration(step.self)}, ${percent(step.share)}` : ""],
    [said.slack, !step && slack !== undefined ? duration(slack) : ""],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
      {rows
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name} className="col-span-2 grid grid-cols-subgrid">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      {found.key && found.effect !== "pure" ? (
        <div className="col-span-2 grid grid-cols-subgrid items-center">
          <dt className="text-muted">{said.key}</dt>
          <dd className="flex min-w-0 items-center gap-1">
            <code className="truncate font-mono">{found.key}</code>
            <CopyButton text={found.key} label={said.key} />
          </dd>
        </div>
      ) : null}
    </dl>
  );
}
