/** Said while the server does not answer; what is on the page stays, with its date. */
import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import type { ReactElement } from "react";
import { useNow } from "~/lib/clock";
import { relative } from "~/lib/format";
import { useUnreachableSince } from "~/lib/reachability";
import { shell } from "~/lib/strings/shell";
import { Button } from "~/ui/button";

export function OfflineBanner(): ReactElement {
  const since = useUnreachableSince();
  const queries = useQueryClient();
  const now = useNow();
  return (
    <div role="status" className="sm:col-start-2">
      {since === null ? null : (
        <div className="flex items-center gap-2 border-b border-line bg-warning-soft px-4 py-1.5 text-sm text-warning">
          <CloudOff size={16} aria-hidden className="shrink-0" />
          <span className="flex-1">{shell.offline(relative(since, now))}</span>
          <Button small onClick={() => void queries.refetchQueries({ type: "active" })}>
            {shell.tryAgain}
          </Button>
        </div>
      )}
    </div>
  );
}
