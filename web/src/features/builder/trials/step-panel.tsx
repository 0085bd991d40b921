/** The test of one step: what is put in and from where, whether it is pretended or really done, and what came out. */
import { FlaskConical, Play, Zap } from "lucide-react";
import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { Problem } from "~/lib/api";
import { trials as say } from "~/lib/strings/trials";
import { Button } from "~/ui/button";
import { cx } from "~/ui/cx";
import { Switch } from "~/ui/switch";
import { configOf, type DocNode, type EditorView, effectOf, sentence, spoken, titleOf } from "../model/index.ts";
import { useTrialsContext } from "./context.ts";
import { InputList } from "./inputs.tsx";
import { Result } from "./result.tsx";
import { useInputs } from "./use-inputs.ts";

export function StepPanel({ view }: { view: EditorView }): ReactElement {
  const { step } = useTrialsContext();
  const node = step === null ? undefined : view.document.nodes[step];
  if (node === undefined) return <p className="p-4 text-sm text-muted">{say.step.choose}</p>;
  const holder = node.parent === null ? undefined : view.document.nodes[node.parent];
  if (holder !== undefined) return <p className="p-4 text-sm text-muted">{say.step.body(titleOf(holder))}</p>;
  return <Panel key={node.key} node={node} view={view} />;
}

function Panel({ node, view }: { node: DocNode; view: EditorView }): ReactElement {
  const trials = useTrialsContext();
  const inputs = useInputs(view.workflowId, view.document, node.key);
  const [simulate, setSimulate] = useState(true);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const start = useRef<HTMLButtonElement>(null);
  useEffect(() => start.current?.focus(), [trials.asked]);
  const run = async (): Promise<void> => {
    if (busy || inputs.wrong) return;
    setBusy(true);
    setWrong(null);
    try {
      await trials.test(node.key, { ...inputs.body(), simulate });
    } catch (error) {
      setWrong(error instanceof Problem ? [error.message, error.fix].filter(Boolean).join(" ") : say.run.failed);
    } finally {
      setBusy(false);
    }
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Escape") view.dispatch({ type: "focus", target: { on: "card", node: node.key } });
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    void run();
  };
  const title = titleOf(node);
  const tried = trials.results.get(node.key);
  const go = (path: readonly string[]): void => view.dispatch({ type: "focus", target: { on: "field", node: node.key, path } });
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- its fields and buttons are what is pressed in
    <div className="grid gap-4 p-4 lg:grid-cols-2" onKeyDown={press}>
      <section aria-label={say.step.inputs} className="flex min-w-0 flex-col gap-3">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h3 className="min-w-0 truncate text-sm font-semibold">{say.step.title(title)}</h3>
          <Button ref={start} variant="primary" small icon={Play} busy={busy} unavailable={inputs.wrong ? say.step.notJson : null} onClick={() => void run()}>
            {say.step.run}
          </Button>
        </div>
        <Effect node={node} view={view} simulate={simulate} onSimulate={setSimulate} />
        <InputList inputs={inputs} />
      </section>
      <section aria-label={say.result.title} className="flex min-w-0 flex-col gap-3">
        <h3 className="text-sm font-semibold">{say.result.title}</h3>
        {wrong === null ? null : (
          <p role="alert" className="text-sm text-danger">
            {wrong}
          </p>
        )}
        {tried === undefined ? <p className="text-sm text-muted">{say.result.none}</p> : <Result key={resultKey(tried)} tried={tried} step={title} onGo={go} onPin={(port, value) => void trials.pin(node.key, port, value, "test")} />}
      </section>
    </div>
  );
}

const keys = new WeakMap<object, number>();
let last = 0;

/** A result of its own opens at its own tab. */
function resultKey(tried: object): number {
  const known = keys.get(tried);
  if (known !== undefined) return known;
  keys.set(tried, ++last);
  return last;
}

/** What the step would do outside, in words, before it is done. */
function Effect({ node, view, simulate, onSimulate }: { node: DocNode; view: EditorView; simulate: boolean; onSimulate: (on: boolean) => void }): ReactElement {
  const effect = effectOf(node, view.catalog);
  const pure = view.catalog.kinds.get(node.spec.type)?.pure === true;
  if (pure) return <p className="text-xs text-muted">{say.step.nothingOutside}</p>;
  const said = spoken(sentence(view.document, node, view.catalog));
  const connection = configOf(node)["connection"];
  const writes = effect !== "read" && effect !== "pure";
  const Icon = simulate ? FlaskConical : Zap;
  return (
    <div className={cx("flex flex-col gap-2 rounded border p-2 text-xs", simulate ? "border-line" : writes ? "border-danger bg-danger-soft" : "border-warning bg-warning-soft")}>
      <Switch label={say.step.simulate} checked={simulate} onChange={onSimulate} />
      <p className="flex items-start gap-1.5">
        <Icon size={14} aria-hidden className={cx("mt-px shrink-0", simulate ? "text-mark-simulated" : writes ? "text-danger" : "text-warning")} />
        <span className="min-w-0 break-words">{simulate ? say.step.pretends : writes ? say.step.really(said, typeof connection === "string" ? connection : "") : say.step.reallyAsks(said)}</span>
      </p>
    </div>
  );
}
