/** What one has to know about a run before one believes what one sees. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FlaskConical, History, TestTubeDiagonal } from "lucide-react";
import type { ReactElement } from "react";
import { reading } from "~/lib/api";
import { run as words } from "~/lib/strings/run";
import { useRun } from "../context.ts";
import { LostBanner } from "./connection-chip.tsx";

export function Banners(): ReactElement {
  const { detail } = useRun();
  return (
    <>
      <LostBanner />
      {detail.simulated ? (
        <p className="flex shrink-0 items-center gap-2 border-b border-mark-simulated px-4 py-1.5 text-sm text-mark-simulated">
          <FlaskConical size={16} aria-hidden className="shrink-0" />
          {words.simulated}
        </p>
      ) : null}
      {detail.trigger === "test" ? <Tested given={detail.given ?? {}} /> : null}
      {detail.imported ? <p className="shrink-0 border-b border-line px-4 py-1.5 text-sm text-muted">{words.imported}</p> : null}
      {detail.workflow_id && !detail.imported ? <Changed workflow={detail.workflow_id} hash={detail.version} /> : null}
    </>
  );
}

/** A run that is a test: which steps were not run, and where their answers are from. */
function Tested({ given }: { given: Readonly<Record<string, string>> }): ReactElement {
  const { nameOf } = useRun();
  const told = Object.entries(given).map(([node, source]) => words.givenStep(nameOf(node), source));
  return (
    <p className="flex shrink-0 items-center gap-2 border-b border-line bg-sunken px-4 py-1.5 text-sm">
      <TestTubeDiagonal size={16} aria-hidden className="shrink-0 text-muted" />
      <span>
        {words.tested} {told.length === 0 ? null : words.given(told.join(", "))}
      </span>
    </p>
  );
}

/** Where the workflow has newer versions than the one that was run. */
function Changed({ workflow, hash }: { workflow: string; hash: string }): ReactElement | null {
  const { data } = useQuery({ ...reading("GET /api/workflows/{id}/versions", { path: { id: workflow }, query: { limit: 50 } }), retry: false, staleTime: 60_000 });
  const versions = data?.versions ?? [];
  const at = versions.findIndex((version) => version.hash === hash);
  const newest = versions[0];
  const own = versions[at];
  if (at <= 0 || !newest || !own) return null;
  return (
    <p className="flex shrink-0 items-center gap-2 border-b border-line bg-sunken px-4 py-1.5 text-sm">
      <History size={16} aria-hidden className="shrink-0 text-muted" />
      <span>
        {words.changed(at)}{" "}
        <Link to="/workflows/$id" params={{ id: workflow }} search={{ from: String(own.number), to: String(newest.number) }} className="text-accent underline">
          {words.compare}
        </Link>
      </span>
    </p>
  );
}
