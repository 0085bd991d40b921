/** What publishing would change, in words, with the way to see it. */
import { GitCompareArrows } from "lucide-react";
import type { ReactElement } from "react";
import { versions as say } from "~/lib/strings/versions";
import { Button } from "~/ui/button";
import { useDifference, useStateOf } from "../compare/use-states.ts";
import { summary } from "../compare/words.ts";

export interface ChangeSummaryProps {
  id: string;
  /** The version that is published; null for none. */
  version: number | null;
  rev: number;
  onSee: () => void;
}

export function ChangeSummary({ id, version, rev, onSee }: ChangeSummaryProps): ReactElement {
  const before = useStateOf(id, "published", rev, version !== null);
  const after = useStateOf(id, "draft", rev, version !== null);
  const difference = useDifference(before.data?.document, after.data?.document);
  if (version === null) return <p className="text-sm text-muted">{say.publish.first}</p>;
  if (difference === null) return <p className="text-sm text-muted">{(before.error ?? after.error)?.message ?? say.publish.reading}</p>;
  const { changes } = difference;
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 rounded border border-line bg-sunken px-3 py-2 text-sm">
      <p className="min-w-0">{changes.length === 0 ? say.publish.nothing : `${say.publish.against(version)} ${summary(changes)}.`}</p>
      {changes.length === 0 ? null : (
        <Button small icon={GitCompareArrows} onClick={onSee}>
          {say.publish.see}
        </Button>
      )}
    </div>
  );
}
