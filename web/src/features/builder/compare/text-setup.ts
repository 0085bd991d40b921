/** CodeMirror's comparison of two texts, in a shadow root. Loaded when it is first shown. */
import { yaml } from "@codemirror/lang-yaml";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { colours, look } from "../inspector/code-look.ts";

export interface Compared {
  readonly before: string;
  readonly after: string;
  readonly labels: readonly [string, string];
  /** One under the other, where there is no room beside. */
  readonly narrow: boolean;
}

/** Ends with what it gives back. */
export function mountCompared(host: HTMLElement, { before, after, labels, narrow }: Compared): () => void {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const side = (doc: string, label: string): { doc: string; extensions: Extension[] } => ({
    doc,
    extensions: [yaml(), colours, lineNumbers(), EditorView.lineWrapping, EditorState.readOnly.of(true), EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true" }), own, look],
  });
  const { doc, extensions } = side(after, labels[1]);
  const view = narrow
    ? new EditorView({ doc, extensions: [extensions, under, unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged, gutter: true })], root, parent: root })
    : new MergeView({ a: side(before, labels[0]), b: { doc, extensions }, root, parent: root, collapseUnchanged, gutter: true });
  return () => view.destroy();
}

const collapseUnchanged = { margin: 3, minSize: 6 };

const own = EditorView.theme({
  ".cm-scroller": { maxHeight: "none", overflow: "visible" },
  "&.cm-merge-a .cm-changedLine": { backgroundColor: "var(--danger-soft)" },
  "&.cm-merge-b .cm-changedLine": { backgroundColor: "var(--success-soft)" },
  "&.cm-merge-a .cm-changedText": { background: "none", textDecoration: "underline 2px var(--danger)" },
  "&.cm-merge-b .cm-changedText": { background: "none", textDecoration: "underline 2px var(--success)" },
  "&.cm-merge-a .cm-changedLineGutter": { background: "var(--danger)" },
  "&.cm-merge-b .cm-changedLineGutter": { background: "var(--success)" },
  ".cm-collapsedLines": { background: "var(--sunken)", color: "var(--muted)" },
  // The signs of the package are in few fonts.
  ".cm-collapsedLines:before": { content: '"…"' },
  ".cm-collapsedLines:after": { content: '"…"' },
});

/** One under the other: what went, then what came. */
const under = EditorView.theme({
  "& .cm-deletedChunk": { backgroundColor: "var(--danger-soft)" },
  "& .cm-deletedChunk .cm-deletedText": { background: "none", textDecoration: "underline 2px var(--danger)" },
  "& .cm-changedLine": { backgroundColor: "var(--success-soft)" },
  "& .cm-changedText": { background: "none", textDecoration: "underline 2px var(--success)" },
  "& .cm-deletedLineGutter": { background: "var(--danger)" },
  "& .cm-changedLineGutter": { background: "var(--success)" },
});
