/** CodeMirror for one field: expressions marked and completed, the browser's Tab left alone. Loaded when a field is first shown. */
import { autocompletion, closeBrackets, type Completion as Row, type CompletionContext, type CompletionResult, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import { Compartment, EditorState, type Extension, RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap, lineNumbers, tooltips, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { complete, type Suggestion, type Surroundings } from "../expression/completion.ts";
import { expressionAt, pieces } from "../expression/template.ts";
import { colours, look } from "./code-look.ts";
import { markRange, type Range, ranged } from "./code-range.ts";

export type Language = "template" | "expression" | "python" | "json" | "yaml";

export interface CodeOptions {
  readonly language: Language;
  readonly value: string;
  readonly oneLine: boolean;
  readonly readOnly: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** Asked anew for every completion. */
  readonly around: () => Surroundings | null;
  readonly onChange: (value: string) => void;
  readonly onFocus: () => void;
  readonly onBlur: () => void;
  /** Where the caret was put, while the field has the focus. */
  readonly onCaret?: (at: number) => void;
  /** Alt+Enter: a larger place to write; undefined where there is none. */
  readonly onLarger?: (() => void) | undefined;
}

export interface Code {
  readonly view: EditorView;
  setValue(value: string): void;
  setAttributes(attributes: Readonly<Record<string, string>>): void;
  insert(text: string): void;
  mark(range: Range | null): void;
}

/** A field in a shadow root, whose styles then are its own and need no permission of the page's policy. */
export function mountCode(host: HTMLElement, options: CodeOptions): Code {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const attributes = new Compartment();
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: options.value, extensions: extensions(options, attributes) }) });
  return {
    view,
    setValue(value) {
      if (value !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
    },
    setAttributes(next) {
      view.dispatch({ effects: attributes.reconfigure(EditorView.contentAttributes.of({ ...next })) });
    },
    mark: (range) => markRange(view, range),
    insert(text) {
      const { from, to } = view.state.selection.main;
      const inside = expressionAt(view.state.doc.toString(), from) !== null || options.language === "expression";
      const insert = inside ? text : `{{ ${text} }}`;
      view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } });
      view.focus();
    },
  };
}

function extensions(options: CodeOptions, attributes: Compartment): Extension[] {
  return [
    history(),
    closeBrackets(),
    EditorView.lineWrapping,
    EditorState.readOnly.of(options.readOnly),
    attributes.of(EditorView.contentAttributes.of({ ...options.attributes })),
    tooltips({ position: "absolute" }),
    languageOf(options),
    look,
    ranged,
    keys(options),
    EditorView.updateListener.of((update) => heard(update, options)),
  ];
}

function heard(update: ViewUpdate, options: CodeOptions): void {
  if (update.docChanged) {
    options.onChange(update.state.doc.toString());
    if (opened(update) && options.around() !== null) setTimeout(() => startCompletion(update.view));
  }
  if (update.selectionSet && update.view.hasFocus) options.onCaret?.(update.state.selection.main.head);
  if (update.focusChanged) (update.view.hasFocus ? options.onFocus : options.onBlur)();
}

/** Whether `{{` was just completed by typing: the braces are closed, and what may follow is shown. */
function opened(update: ViewUpdate): boolean {
  const at = update.state.selection.main.head;
  return update.transactions.some((each) => each.isUserEvent("input.type")) && update.state.sliceDoc(Math.max(0, at - 2), at) === "{{";
}

function keys(options: CodeOptions): Extension {
  const larger = options.onLarger;
  const own = [
    ...(larger === undefined ? [] : [{ key: "Alt-Enter", run: () => (larger(), true) }]),
    ...(options.oneLine ? [{ key: "Enter", run: () => true }] : []),
  ];
  // Ctrl+Enter is the page's main action, Tab goes on to the next field.
  const usual = defaultKeymap.filter((binding) => binding.key !== "Mod-Enter" && binding.key !== "Tab");
  return keymap.of([...completionKeymap, ...own, ...usual, ...historyKeymap]);
}

function languageOf(options: CodeOptions): Extension {
  switch (options.language) {
    case "template":
    case "expression":
      return [marked(options.language), autocompletion({ override: [(context) => completed(context, options)], icons: false, activateOnTyping: true })];
    case "python":
      return [python(), colours, lineNumbers()];
    case "json":
      return [json(), colours];
    case "yaml":
      return [yaml(), colours, lineNumbers()];
  }
}

function completed(context: CompletionContext, options: CodeOptions): CompletionResult | null {
  const around = options.around();
  if (around === null) return null;
  const text = context.state.doc.toString();
  const whole = options.language === "expression" ? { from: 0, to: text.length } : expressionAt(text, context.pos);
  if (whole === null) return null;
  const found = complete(text.slice(whole.from, whole.to), context.pos - whole.from, around);
  if (found.suggestions.length === 0) return null;
  return { from: whole.from + found.from, to: whole.from + found.to, options: found.suggestions.map(row), filter: false };
}

function row(suggestion: Suggestion): Row {
  const { label, insert, type, sample, detail, disabled } = suggestion;
  return {
    label,
    detail: [type, sample].filter((part) => part !== "").join(" "),
    info: disabled ?? detail,
    apply: disabled === null ? insert : () => undefined,
  };
}

/** Expressions are marked, not replaced: the text stays text for copying and for screen readers. */
function marked(language: Language): Extension {
  const mark = Decoration.mark({ class: "cm-expression" });
  const drawn = (view: EditorView): DecorationSet => {
    const builder = new RangeSetBuilder<Decoration>();
    const text = view.state.doc.toString();
    if (language === "expression" && text.length > 0) builder.add(0, text.length, mark);
    if (language === "template") {
      for (const piece of pieces(text)) if (piece.kind === "expression") builder.add(piece.from - 2, Math.min(text.length, piece.to + (piece.closed ? 2 : 0)), mark);
    }
    return builder.finish();
  };
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = drawn(view);
      }
      update(update: ViewUpdate): void {
        if (update.docChanged) this.decorations = drawn(update.view);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}
