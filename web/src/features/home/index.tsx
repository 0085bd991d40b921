/** Home: what needs a person, a way to begin, and the last runs. */
import type { ReactElement } from "react";
import { home } from "~/lib/strings/home";
import { PageFrame } from "~/ui/page-frame";
import { Examples } from "./examples.tsx";
import { Needs } from "./needs.tsx";
import { RecentRuns } from "./recent-runs.tsx";

export function Page(): ReactElement {
  return (
    <PageFrame title={home.title}>
      <div className="mx-auto flex max-w-5xl flex-col gap-6">
        <Needs />
        <Examples />
        <RecentRuns />
      </div>
    </PageFrame>
  );
}
