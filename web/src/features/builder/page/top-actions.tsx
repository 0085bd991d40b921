/** What is done with the whole workflow: see its problems, test it, publish it. */
import { CircleAlert, CircleCheck, History, Play, TriangleAlert } from "lucide-react";
import type { ReactElement } from "react";
import { useMay } from "~/lib/session";
import { builder as say } from "~/lib/strings/builder";
import { versions } from "~/lib/strings/versions";
import { Button, IconButton } from "~/ui/button";
import type { Document, Problem } from "../model/index.ts";
import { PinsMenu } from "../trials/pins-menu.tsx";
import { PublishButton } from "./publish-button.tsx";
import type { Draft } from "./use-draft.ts";

export interface TopActionsProps {
  id: string;
  document: Document;
  draft: Draft;
  problems: readonly Problem[];
  onProblems: () => void;
  onHistory: () => void;
  onTest: () => void;
  /** Shows what publishing would change. */
  onSee: () => void;
}

export function TopActions({ id, document, draft, problems, onProblems, onHistory, onTest, onSee }: TopActionsProps): ReactElement {
  const errors = problems.filter((problem) => problem.severe).length;
  const [tests, publishes] = [useMay("execution:start"), useMay("workflow:publish")];
  const icon = errors > 0 ? CircleAlert : problems.length > 0 ? TriangleAlert : CircleCheck;
  return (
    <>
      <Button variant="quiet" icon={icon} onClick={onProblems} className={errors > 0 ? "text-danger!" : problems.length > 0 ? "text-warning!" : "text-success!"}>
        {problems.length === 0 ? say.page.noProblems : say.page.problems(problems.length)}
      </Button>
      <PinsMenu document={document} />
      <IconButton icon={History} label={versions.history.title} onClick={onHistory} />
      {tests ? (
        <Button icon={Play} onClick={onTest}>
          {say.page.test}
        </Button>
      ) : null}
      {publishes ? <PublishButton id={id} draft={draft} errors={errors} onSee={onSee} /> : null}
    </>
  );
}
