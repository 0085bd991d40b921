/** Under a field: the value that its expressions give, its type, and where the data is from. */
import { type ReactElement, useEffect, useState } from "react";
import { Problem, call } from "~/lib/api.ts";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { shown, typeName } from "../expression/completion.ts";
import { previewed } from "../expression/preview.ts";
import { hasExpression, pieces } from "../expression/template.ts";
import type { Json } from "../model/index.ts";
import { type FormValues, useForm } from "./form-context.tsx";

interface Told {
  readonly text: string;
  readonly wrong: boolean;
}

/** Until typing has rested for so long, in milliseconds, nothing is asked of the server. */
const rest = 250;

export function PreviewLine({ value }: { value: string }): ReactElement | null {
  const form = useForm();
  const told = useTold(value, form);
  if (told === null) return null;
  return (
    <p role="status" className={told.wrong ? "text-xs text-danger" : "truncate font-mono text-xs text-muted"} title={told.text}>
      {told.text}
    </p>
  );
}

/** Plain paths are looked up here at once; anything else is evaluated by the server's sandbox, with its own values. */
function useTold(value: string, form: FormValues): Told | null {
  const here = hasExpression(value) && form.around !== null ? previewed(value, form.scope) : null;
  const asks = here?.kind === "server" && pieces(value).every((piece) => piece.closed);
  const [answer, setAnswer] = useState<{ readonly value: string; readonly told: Told } | null>(null);
  const { workflowId, node } = form;
  useEffect(() => {
    if (!asks || node === null) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      void asked(workflowId, node, value, stop.signal).then((told) => (told === null ? undefined : setAnswer({ value, told })));
    }, rest);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asks, workflowId, node, value]);
  if (here === null) return null;
  if (here.kind === "value") return { text: said(here.value, sourceOf(value, form)), wrong: false };
  if (here.kind === "missing") return { text: words.preview.missing(here.path), wrong: true };
  return answer?.value === value ? answer.told : null;
}

async function asked(workflowId: string, node: string, template: string, signal: AbortSignal): Promise<Told | null> {
  try {
    const { preview } = await call("POST /api/workflows/{id}/preview", { path: { id: workflowId }, body: { template, node }, signal });
    if (preview.problem) return { text: [preview.problem.detail, preview.problem.fix].filter(Boolean).join(" "), wrong: true };
    return { text: said(preview.value as Json, ""), wrong: false };
  } catch (error) {
    return signal.aborted || !(error instanceof Problem) ? null : { text: error.message, wrong: true };
  }
}

function said(value: Json, source: string): string {
  return `→ ${shown(value)} ${typeName(value)}${source === "" ? "" : ` · ${source}`}`;
}

/** Of the first step that is named in it. */
function sourceOf(value: string, form: FormValues): string {
  const node = form.around?.upstream.find((each) => value.includes(`nodes.${each.id}`) || value.includes(`nodes["${each.id}"]`));
  return node === undefined ? "" : words.preview.from(node.source);
}
