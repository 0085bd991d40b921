/** A page that threw: the rest of the app stays. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { Problem } from "~/lib/api";
import { shell } from "~/lib/strings/shell";
import { ErrorState } from "~/ui/states";

export function Broken({ error, reset }: ErrorComponentProps): ReactElement {
  const said = error instanceof Problem ? error : null;
  return (
    <div className="flex h-full items-center justify-center">
      <ErrorState message={said?.message ?? shell.broken.title} fix={said?.fix ?? shell.broken.fix} instance={said?.instance} onRetry={reset} />
    </div>
  );
}
