/** Lines of a text that are marked from outside, as those of the step that is selected. */
import { type EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

export interface Range {
  readonly from: number;
  readonly to: number;
}

const set = StateEffect.define<Range | null>();
const line = Decoration.line({ class: "cm-chosen" });

function drawn(state: EditorState, range: Range | null): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  if (range !== null) {
    const last = state.doc.lineAt(Math.min(range.to, state.doc.length)).number;
    for (let number = state.doc.lineAt(Math.min(range.from, state.doc.length)).number; number <= last; number += 1) builder.add(state.doc.line(number).from, state.doc.line(number).from, line);
  }
  return builder.finish();
}

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    const told = transaction.effects.find((effect) => effect.is(set));
    return told === undefined ? marks.map(transaction.changes) : drawn(transaction.state, told.value as Range | null);
  },
  provide: (from) => EditorView.decorations.from(from),
});

export const ranged: Extension = [field, EditorView.theme({ ".cm-chosen": { backgroundColor: "var(--accent-soft)" } })];

/** Marks the lines, and brings the first of them into view where nobody writes. */
export function markRange(view: EditorView, range: Range | null): void {
  const seen = range === null || view.hasFocus ? [] : [EditorView.scrollIntoView(Math.min(range.from, view.state.doc.length), { y: "center" })];
  view.dispatch({ effects: [set.of(range), ...seen] });
}
