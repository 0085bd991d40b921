/** Under a field: the value that its expressions give, its type, and where the data is from. */
import type { ReactElement } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { shown, typeName } from "../expression/completion.ts";
import { previewed } from "../expression/preview.ts";
import { hasExpression } from "../expression/template.ts";
import type { Json } from "../model/index.ts";
import { type FormValues, useForm } from "./form-context.tsx";

interface Told {
  readonly text: string;
  readonly wrong: boolean;
}

export function PreviewLine({ value }: { value: string }): ReactElement | null {
  const form = useForm();
  const told = toldOf(value, form);
  if (told === null) return null;
  return (
    <p role="status" className={told.wrong ? "text-xs text-danger" : "truncate font-mono text-xs text-muted"} title={told.text}>
      {told.text}
    </p>
  );
}

function toldOf(value: string, form: FormValues): Told | null {
  if (!hasExpression(value) || form.around === null) return null;
  const here = previewed(value, form.scope);
  if (here.kind === "value") return { text: said(here.value, sourceOf(value, form)), wrong: false };
  return here.kind === "missing" ? { text: words.preview.missing(here.path), wrong: true } : null;
}

function said(value: Json, source: string): string {
  return `→ ${shown(value)} ${typeName(value)}${source === "" ? "" : ` · ${source}`}`;
}

/** Of the first step that is named in it. */
function sourceOf(value: string, form: FormValues): string {
  const node = form.around?.upstream.find((each) => value.includes(`nodes.${each.id}`) || value.includes(`nodes["${each.id}"]`));
  return node === undefined ? "" : words.preview.from(node.source);
}
