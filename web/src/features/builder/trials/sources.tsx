/** What is known of what a step gives, by where it is known from: pinned, last test, last run, an example. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { SampleView } from "@tenuto/react/api";
import { Pin, PinOff, TriangleAlert } from "lucide-react";
import { type ReactElement, useState } from "react";
import { reading } from "~/lib/api";
import { bytes } from "~/lib/format";
import { trials as say } from "~/lib/strings/trials";
import { Button } from "~/ui/button";
import { Chip } from "~/ui/chip";
import { RelativeTime } from "~/ui/relative-time";
import { Loading } from "~/ui/states";
import { ValueShown } from "~/ui/value-shown";
import { type DocNode, titleOf } from "../model/index.ts";
import { useTrialsContext } from "./context.ts";
import { sourceOf } from "./pin-dialog.tsx";

export function Sources({ node }: { node: DocNode }): ReactElement {
  const { workflowId } = useTrialsContext();
  const [whole, setWhole] = useState(false);
  const known = useQuery({ ...reading("GET /api/workflows/{id}/samples/{node}", { path: { id: workflowId, node: node.key }, query: { whole } }), retry: false });
  if (known.isPending) return <Loading />;
  const samples = (known.data?.samples ?? []).filter((each) => each.node === node.key);
  if (samples.length === 0) return <p className="text-sm text-muted">{say.data.nothing}</p>;
  return (
    <ul aria-label={say.data.sources} className="flex flex-col gap-3">
      {samples.map((sample, index) => (
        <Source key={sample.source} sample={sample} node={node} counts={index === 0} onWhole={() => setWhole(true)} />
      ))}
    </ul>
  );
}

function Source({ sample, node, counts, onWhole }: { sample: SampleView; node: DocNode; counts: boolean; onWhole: () => void }): ReactElement {
  const trials = useTrialsContext();
  const [open, setOpen] = useState(counts);
  const pinned = sample.source === "pinned";
  return (
    <li className="rounded border border-line">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-2 py-1 text-xs text-muted">
        <Button small variant="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Chip tone={pinned ? "pinned" : "plain"}>{say.source(sample.source)}</Chip>
        </Button>
        {counts ? <span>{say.data.counts}</span> : null}
        {sample.simulated ? <Chip tone="simulated">{say.result.simulated}</Chip> : null}
        {sample.at === null ? null : <RelativeTime at={sample.at} />}
        {sample.run === null ? null : (
          <Link to="/runs/$id" params={{ id: sample.run }} className="text-accent underline">
            {say.data.fromRun}
          </Link>
        )}
        <span className="ml-auto">
          {pinned ? (
            <Button small variant="quiet" icon={PinOff} onClick={() => void trials.unpin(node.key, sample.port)}>
              {say.pin.remove}
            </Button>
          ) : (
            <Button small variant="quiet" icon={Pin} onClick={() => (sample.cut ? trials.openPin(node.key) : void trials.pin(node.key, sample.port, sample.value, sourceOf(sample)))}>
              {say.pin.put}
            </Button>
          )}
        </span>
      </div>
      {(sample.issues ?? []).map((issue) => (
        <p key={issue} className="flex items-start gap-1 px-2 pt-2 text-xs text-warning">
          <TriangleAlert size={12} aria-hidden className="mt-0.5 shrink-0" />
          {issue}
        </p>
      ))}
      {open ? (
        <div className="flex flex-col gap-2 p-2">
          <ValueShown value={sample.value} label={say.result.of(say.source(sample.source), titleOf(node))} />
          {sample.cut ? (
            <Button small onClick={onWhole}>
              {say.data.whole} ({bytes(sample.size)})
            </Button>
          ) : null}
        </div>
      ) : null}
    </li>
  );
}
