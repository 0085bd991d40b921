/** Said at once when somebody else was faster: nothing was overwritten, and the person decides. */
import { TriangleAlert } from "lucide-react";
import type { ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { Button } from "~/ui/button";

export function ConflictBar({ onDecide }: { onDecide: (how: "mine" | "theirs") => void }): ReactElement {
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 border-b border-warning bg-warning-soft px-4 py-2 text-sm">
      <TriangleAlert size={16} aria-hidden className="shrink-0 text-warning" />
      <p className="min-w-0 flex-1">
        <strong>{say.draft.stale}</strong> {say.draft.staleAbout}
      </p>
      <Button small onClick={() => onDecide("theirs")}>
        {say.draft.theirs}
      </Button>
      <Button small onClick={() => onDecide("mine")}>
        {say.draft.mine}
      </Button>
    </div>
  );
}
