/** What a step waits for, in words, and where it can be answered. */
import { Link } from "@tanstack/react-router";
import type { NodeDetail } from "@tenuto/react/api";
import { Hourglass } from "lucide-react";
import type { ReactElement } from "react";
import { run as words } from "~/lib/strings/run";
import { JsonTree } from "~/ui/json-tree";
import { RelativeTime } from "~/ui/relative-time";
import { useRun } from "../context.ts";
import { waitsFor } from "../model/waiting.ts";

export function WaitingPanel({ found }: { found: NodeDetail }): ReactElement {
  const { detail, nameOf } = useRun();
  const { answers: _, ...shown } = found.data ?? {};
  return (
    <section className="flex flex-col gap-2 rounded-md border-2 border-dashed border-state-waiting p-3 text-sm">
      <h3 className="flex items-center gap-2 font-semibold text-state-waiting">
        <Hourglass size={16} aria-hidden />
        {words.waiting.for(waitsFor(nameOf(found.id), { ...found, held: false, problem: null } as never), "")}
      </h3>
      {found.until ? (
        <p className="text-muted">
          <RelativeTime at={found.until} />
        </p>
      ) : null}
      {found.reason === "approval" ? (
        <Link to="/approvals" search={{ item: `${detail.id}/${found.id}` }} className="self-start rounded border border-accent bg-accent px-3 py-1.5 text-sm font-medium text-on-accent">
          {words.inspector.approve}
        </Link>
      ) : Object.keys(shown).length > 0 ? (
        <JsonTree value={shown} label={nameOf(found.id)} open={1} />
      ) : null}
    </section>
  );
}
