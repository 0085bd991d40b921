/** What is done with the whole workflow: see its problems, test it, publish it. */
import { CircleAlert, CircleCheck, Play, TriangleAlert } from "lucide-react";
import type { ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { Button } from "~/ui/button";
import type { Problem } from "../model/index.ts";
import { PublishButton } from "./publish-button.tsx";
import type { Draft } from "./use-draft.ts";

export interface TopActionsProps {
  id: string;
  draft: Draft;
  problems: readonly Problem[];
  onProblems: () => void;
  onTest: () => void;
}

export function TopActions({ id, draft, problems, onProblems, onTest }: TopActionsProps): ReactElement {
  const errors = problems.filter((problem) => problem.severe).length;
  const icon = errors > 0 ? CircleAlert : problems.length > 0 ? TriangleAlert : CircleCheck;
  return (
    <>
      <Button variant="quiet" icon={icon} onClick={onProblems} className={errors > 0 ? "text-danger!" : problems.length > 0 ? "text-warning!" : "text-success!"}>
        {problems.length === 0 ? say.page.noProblems : say.page.problems(problems.length)}
      </Button>
      <Button icon={Play} onClick={onTest}>
        {say.page.test}
      </Button>
      <PublishButton id={id} draft={draft} errors={errors} />
    </>
  );
}
