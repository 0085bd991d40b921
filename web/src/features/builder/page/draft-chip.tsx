/** Where the draft is: on this device, on the server, or at odds with somebody else's. */
import { Cloud, CloudOff, CloudUpload, TriangleAlert } from "lucide-react";
import type { ReactElement } from "react";
import { isUnreachable } from "~/lib/api";
import { timeOfDay } from "~/lib/format";
import { builder as say } from "~/lib/strings/builder";
import type { Draft } from "./use-draft.ts";

export function DraftChip({ draft, pending }: { draft: Draft; pending: number }): ReactElement | null {
  const { saved, busy, error, conflict } = draft;
  if (saved === null) return null;
  const [Icon, text, tone] = conflict
    ? [TriangleAlert, say.draft.staleTitle, "text-warning"]
    : error !== null && isUnreachable(error)
      ? [CloudOff, say.draft.offline(pending), "text-warning"]
      : error !== null
        ? [TriangleAlert, error.message, "text-danger"]
        : busy
          ? [CloudUpload, say.draft.saving, "text-muted"]
          : pending > 0
            ? [CloudUpload, say.draft.kept(pending), "text-muted"]
            : [Cloud, say.draft.saved(timeOfDay(saved.at)), "text-muted"];
  return (
    <span role="status" className={`flex min-w-0 items-center gap-1.5 text-xs ${tone}`}>
      <Icon size={14} aria-hidden className="shrink-0" />
      <span className="truncate">{text}</span>
    </span>
  );
}
