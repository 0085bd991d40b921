/** A page that threw: the rest of the app stays. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import type { ReactElement } from "react";
import { Problem } from "~/lib/api";
import { isOutdated } from "~/lib/later";
import { shell } from "~/lib/strings/shell";
import { Button } from "~/ui/button";
import { EmptyState, ErrorState } from "~/ui/states";

export function Broken({ error, reset }: ErrorComponentProps): ReactElement {
  if (isOutdated(error)) return <Outdated />;
  const said = error instanceof Problem ? error : null;
  return (
    <div className="flex h-full items-center justify-center">
      <ErrorState message={said?.message ?? shell.broken.title} fix={said?.fix ?? shell.broken.fix} instance={said?.instance} onRetry={reset} />
    </div>
  );
}

/** What this page would load next went away with the version it belongs to. */
function Outdated(): ReactElement {
  const reload = (
    <Button variant="primary" icon={RefreshCw} onClick={() => location.reload()}>
      {shell.outdated.reload}
    </Button>
  );
  return (
    <div role="alert" className="flex h-full items-center justify-center">
      <EmptyState icon={RefreshCw} title={shell.outdated.title} actions={reload}>
        {shell.outdated.about}
      </EmptyState>
    </div>
  );
}
