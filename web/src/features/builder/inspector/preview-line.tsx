/** Under a field: the value that its expressions give, its type, and where the data is from. */
import { type ReactElement, useEffect, useState } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { call, Problem } from "~/lib/api.ts";
import { shown, typeName } from "../expression/completion.ts";
import { previewed } from "../expression/preview.ts";
import { hasExpression, pieces } from "../expression/template.ts";
import type { Json } from "../model/index.ts";
import { type FormValues, useForm } from "./form-context.tsx";

interface Told {
  readonly text: string;
  readonly wrong: boolean;
}

const rest = 250;

export function PreviewLine({ value }: { value: string }): ReactElement | null {
  const form = useForm();
  const told = usePreview(value, form);
  if (told === null) return null;
  return (
    <p role="status" className={told.wrong ? "text-xs text-danger" : "truncate font-mono text-xs text-muted"} title={told.text}>
      {told.text}
    </p>
  );
}

/** Plain paths are looked up here at once; anything else is asked of the server's sandbox when typing has rested. */
function usePreview(value: string, form: FormValues): Told | null {
  const here = hasExpression(value) && form.around !== null ? previewed(value, form.scope) : null;
  const asks = here?.kind === "server" && closed(value);
  const [answer, setAnswer] = useState<{ value: string; told: Told } | null>(null);
  const { workflowId, node, scope } = form;
  useEffect(() => {
    if (!asks || node === null) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      void asked(workflowId, node, value, scope, stop.signal).then((told) => (told === null ? undefined : setAnswer({ value, told })));
    }, rest);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asks, workflowId, node, value, scope]);
  if (here === null) return null;
  if (here.kind === "value") return { text: said(here.value, sourceOf(value, form)), wrong: false };
  if (here.kind === "missing") return { text: words.preview.missing(here.path), wrong: true };
  return answer?.value === value ? answer.told : null;
}

function closed(value: string): boolean {
  return pieces(value).every((piece) => piece.closed);
}

function said(value: Json, source: string): string {
  return `→ ${shown(value)} ${typeName(value)}${source === "" ? "" : ` · ${source}`}`;
}

/** Of the first step that is named in it. */
function sourceOf(value: string, form: FormValues): string {
  const node = form.around?.upstream.find((each) => value.includes(`nodes.${each.id}`) || value.includes(`nodes["${each.id}"]`));
  return node === undefined ? "" : words.preview.from(node.source);
}

async function asked(workflowId: string, node: string, template: string, scope: Json, signal: AbortSignal): Promise<Told | null> {
  try {
    const answer = await call("POST /api/workflows/{id}/preview", { path: { id: workflowId }, body: { template, node, scope }, signal });
    return { text: said(answer.value as Json, ""), wrong: false };
  } catch (error) {
    if (signal.aborted || !(error instanceof Problem)) return null;
    return { text: error.fix === null ? error.message : `${error.message} ${error.fix}`, wrong: true };
  }
}
