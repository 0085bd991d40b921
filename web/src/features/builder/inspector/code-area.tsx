/** A field for expressions or code: the browser's own at first, CodeMirror once it is loaded and nobody types in it. */
import { type ReactElement, useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import type { Surroundings } from "../expression/completion.ts";
import { type Control, inputClass, writable } from "~/ui/field.tsx";
import { cx } from "~/ui/cx.ts";
import type { Range } from "./code-range.ts";
import { selectAll } from "./use-focus.ts";
import type { Code, Language } from "./code-setup.ts";

type Setup = typeof import("./code-setup.ts");

let loaded: Setup | null = null;
let loading: Promise<Setup> | null = null;

async function load(): Promise<Setup> {
  loading ??= import("./code-setup.ts");
  loaded = await loading;
  return loaded;
}

export interface CodeHandle {
  /** Writes a path where the caret is, in braces where it stands outside an expression. */
  insert: (text: string) => void;
  focus: () => void;
}

export interface CodeAreaProps {
  control: Control;
  label: string;
  value: string;
  language: Language;
  oneLine?: boolean;
  readOnly?: boolean;
  placeholder?: string | undefined;
  around?: Surroundings | null;
  className?: string;
  onChange: (value: string) => void;
  onFocus?: () => void;
  onBlur?: () => void;
  onLarger?: (() => void) | undefined;
  onCaret?: (at: number) => void;
  /** Lines that are marked. */
  range?: Range | null;
  ref?: Ref<CodeHandle>;
}

export function CodeArea(props: CodeAreaProps): ReactElement {
  const [setup, setSetup] = useState(loaded);
  const typing = useRef(false);
  useEffect(() => {
    if (setup !== null) return;
    let gone = false;
    void load().then((now) => {
      if (!gone && !typing.current) setSetup(now);
    });
    return () => {
      gone = true;
    };
  }, [setup]);
  if (setup !== null) return <Mounted setup={setup} {...props} />;
  const leave = (): void => {
    typing.current = false;
    setSetup(loaded);
    props.onBlur?.();
  };
  return <Native {...props} onBlur={leave} onFocus={() => ((typing.current = true), props.onFocus?.())} />;
}

function Native({ control, label, value, language, placeholder, readOnly, oneLine, className, onChange, onFocus, onBlur, ref }: CodeAreaProps): ReactElement {
  const field = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(ref, () => ({
    insert: (text) => onChange(`${value}{{ ${text} }}`),
    focus: () => field.current?.focus(),
  }));
  return (
    <textarea
      {...control}
      ref={field}
      aria-label={label}
      rows={oneLine || language === "template" || language === "expression" ? 1 : 4}
      value={value}
      placeholder={placeholder}
      readOnly={readOnly}
      onChange={(event) => onChange(event.target.value)}
      onFocus={onFocus}
      onBlur={onBlur}
      className={cx(inputClass, writable, "h-auto min-h-8 resize-none field-sizing-content py-1 font-mono text-mono", className)}
    />
  );
}

function Mounted(props: CodeAreaProps & { setup: Setup }): ReactElement {
  const { setup, control, label, value, className, ref } = props;
  const host = useRef<HTMLDivElement>(null);
  const code = useRef<Code | null>(null);
  const now = useRef(props);
  useEffect(() => {
    now.current = props;
  });
  useEffect(() => {
    if (host.current === null) return;
    const { language, oneLine = false, readOnly = false } = now.current;
    const made = setup.mountCode(host.current, {
      language,
      oneLine,
      readOnly,
      value: now.current.value,
      attributes: attributesOf(now.current.label, now.current.control, oneLine),
      around: () => now.current.around ?? null,
      onChange: (text) => (text === now.current.value ? undefined : now.current.onChange(text)),
      onFocus: () => now.current.onFocus?.(),
      onBlur: () => now.current.onBlur?.(),
      onCaret: (at) => now.current.onCaret?.(at),
      onLarger: now.current.onLarger === undefined ? undefined : () => now.current.onLarger?.(),
    });
    code.current = made;
    const field = host.current;
    const select = (): void => made.view.dispatch({ selection: { anchor: 0, head: made.view.state.doc.length } });
    field.addEventListener(selectAll, select);
    return () => {
      field.removeEventListener(selectAll, select);
      made.view.destroy();
    };
  }, [setup]);
  useEffect(() => code.current?.setValue(value), [value]);
  const [from, to] = [props.range?.from ?? null, props.range?.to ?? null];
  useEffect(() => code.current?.mark(from === null || to === null ? null : { from, to }), [from, to]);
  const invalid = control["aria-invalid"] ?? false;
  useEffect(() => code.current?.setAttributes(attributesOf(label, control, now.current.oneLine ?? false)), [label, invalid, control]);
  useImperativeHandle(ref, () => ({ insert: (text) => code.current?.insert(text), focus: () => code.current?.view.focus() }));
  return (
    <div
      ref={host}
      data-code=""
      data-invalid={invalid || undefined}
      className={cx(
        "min-h-8 w-full min-w-0 rounded border border-edge bg-surface focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent data-invalid:border-danger",
        className,
      )}
    />
  );
}

/** Ids of the page mean nothing inside the shadow root, so the name is given as words. */
function attributesOf(label: string, control: Control, oneLine: boolean): Record<string, string> {
  return {
    "aria-label": label,
    "aria-multiline": String(!oneLine),
    ...(control["aria-invalid"] ? { "aria-invalid": "true" } : {}),
    ...(control["aria-required"] ? { "aria-required": "true" } : {}),
  };
}
