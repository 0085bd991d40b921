/** How the page stands to the server: live, coming back, ended; and what was caught up after a gap. */
import { CircleDot, CloudOff, RefreshCw, Square } from "lucide-react";
import type { ReactElement } from "react";
import { run as words } from "~/lib/strings/run";
import { Chip } from "~/ui/chip";
import { useRun, useShown } from "../context.ts";

export function ConnectionChip(): ReactElement {
  const { connection, attempt, caughtUp } = useShown();
  const said = words.connection;
  const chip = {
    connecting: <Chip icon={RefreshCw}>{said.connecting}</Chip>,
    live: (
      <Chip tone="success" icon={CircleDot}>
        {said.live}
      </Chip>
    ),
    reconnecting: (
      <Chip tone="warning" icon={RefreshCw}>
        {said.reconnecting(attempt)}
      </Chip>
    ),
    ended: <Chip icon={Square}>{said.ended}</Chip>,
    failed: (
      <Chip tone="danger" icon={CloudOff}>
        {said.failed}
      </Chip>
    ),
  }[connection];
  return (
    <span className="flex items-center gap-2" role="status" aria-label="Connection">
      {chip}
      {caughtUp === null ? null : <Chip tone="accent">{said.caughtUp(caughtUp)}</Chip>}
    </span>
  );
}

/** While the connection is lost: what you see is not now. */
export function LostBanner(): ReactElement | null {
  const { connection } = useShown();
  const { again } = useRun();
  if (connection !== "reconnecting" && connection !== "failed") return null;
  return (
    <p role="alert" className="flex shrink-0 flex-wrap items-center gap-3 border-b border-warning bg-warning-soft px-4 py-2 text-sm">
      <CloudOff size={16} aria-hidden className="text-warning" />
      {words.connection.lost}
      {connection === "failed" ? (
        <button type="button" className="underline" onClick={again}>
          {words.connection.again}
        </button>
      ) : null}
    </p>
  );
}
