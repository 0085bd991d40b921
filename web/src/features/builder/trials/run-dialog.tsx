/** A test of the whole draft or of a part of it: what it will do, what it is given, and whether it is pretended. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { JsonValue, Planned } from "@tenuto/react/api";
import { type ReactElement, useState } from "react";
import { call, Problem } from "~/lib/api";
import { trials as say } from "~/lib/strings/trials";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Loading } from "~/ui/states";
import { Switch } from "~/ui/switch";
import { type Document, type EditorView, effectOf, titleOf, write } from "../model/index.ts";
import { useTrialsContext, type Wish } from "./context.ts";
import { type Given, givenBy, InputForm } from "./input-form.tsx";
import { PlanList } from "./plan-list.tsx";

export function RunDialog({ view }: { view: EditorView }): ReactElement | null {
  const { wish } = useTrialsContext();
  return wish === null ? null : <Asked key={JSON.stringify(wish)} wish={wish} view={view} />;
}

function Asked({ wish, view }: { wish: Wish; view: EditorView }): ReactElement {
  const { close, workflowId } = useTrialsContext();
  const [given, setGiven] = useState<Given | null>(null);
  const [simulate, setSimulate] = useState(true);
  const plan = usePlan(workflowId, wish, view.document);
  const { busy, wrong, start } = useStart(wish, view.document, async () => plan.data ?? (await plan.refetch({ cancelRefetch: false })).data, given, simulate);
  const acting = (plan.data?.steps ?? []).filter((step) => step.how === "run" && acts(view, step.node)).map((step) => nameOf(view.document, step.node));
  const refusal = plan.error instanceof Problem ? plan.error : null;
  return (
    <Dialog
      open
      onClose={close}
      title={titled(wish, view.document)}
      about={say.run.about[wish.kind]}
      actions={
        <Button variant="primary" busy={busy} unavailable={refusal?.message} onClick={() => void start()}>
          {say.run.start[wish.kind]}
        </Button>
      }
    >
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- its fields and buttons are what is pressed in */}
      <div
        className="flex flex-col gap-4"
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void start();
        }}
      >
        {plan.isPending ? <Loading /> : null}
        {refusal ? <Refusal problem={refusal} /> : null}
        {plan.data === undefined ? null : (
          <>
            <InputForm plan={plan.data} given={given} onChange={setGiven} />
            <Switch label={say.step.simulate} help={simulate || acting.length === 0 ? say.run.simulateHelp : undefined} checked={simulate} onChange={setSimulate} />
            {simulate || acting.length === 0 ? null : <p className="rounded border border-danger bg-danger-soft p-2 text-sm">{say.run.real(acting.join(", "))}</p>}
            <PlanList plan={plan.data} view={view} />
          </>
        )}
        {wrong === null ? null : (
          <p role="alert" className="text-sm text-danger">
            {wrong}
          </p>
        )}
      </div>
    </Dialog>
  );
}

function Refusal({ problem }: { problem: Problem }): ReactElement {
  return (
    <div role="alert" className="text-sm text-danger">
      <p>{problem.message}</p>
      {problem.fix ? <p>{problem.fix}</p> : null}
    </div>
  );
}

const usePlan = (id: string, wish: Wish, document: Document) =>
  useQuery<Planned, Error>({
    queryKey: ["workflows", id, "test-run", wish, document.root, document.nodes, document.edges],
    queryFn: async () => (await call("POST /api/workflows/{id}/test-run", { path: { id }, body: { ...asked(wish, document), plan: true } })).plan,
    retry: false,
  });

interface Starting {
  busy: boolean;
  wrong: string | null;
  start: () => Promise<void>;
}

/** A part is watched in the dock, everything on the page of its run. Whoever starts before the plan is there has not pressed in vain. */
function useStart(wish: Wish, document: Document, planned: () => Promise<Planned | undefined>, given: Given | null, simulate: boolean): Starting {
  const { workflowId, watch, close } = useTrialsContext();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const start = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const plan = await planned();
      if (plan === undefined) return;
      const input = givenBy(plan, given);
      if (input === null) return setWrong(say.step.notJson);
      const { execution } = await call("POST /api/workflows/{id}/test-run", { path: { id: workflowId }, body: { ...asked(wish, document), input: input.value as JsonValue, simulate } });
      if (execution === null) return;
      if (wish.kind !== "whole") return watch(execution.id);
      close();
      await navigate({ to: "/runs/$id", params: { id: execution.id } });
    } catch (error) {
      setWrong(error instanceof Problem ? [error.message, error.fix].filter(Boolean).join(" ") : say.run.failed);
    } finally {
      setBusy(false);
    }
  };
  return { busy, wrong, start };
}

function asked(wish: Wish, document: Document): { workflow: Record<string, JsonValue>; from?: string; until?: string } {
  const workflow = write(document) as Record<string, JsonValue>;
  return wish.kind === "whole" ? { workflow } : { workflow, [wish.kind]: wish.node };
}

function titled(wish: Wish, document: Document): string {
  if (wish.kind === "whole") return say.run.titles.whole;
  return say.run.titles[wish.kind](nameOf(document, wish.node));
}

function nameOf(document: Document, key: string): string {
  const node = document.nodes[key];
  return node === undefined ? key : titleOf(node);
}

function acts({ document, catalog }: EditorView, key: string): boolean {
  const node = document.nodes[key];
  return node !== undefined && !["pure", "read"].includes(effectOf(node, catalog));
}
