/** The one state of the editor and everything that may happen to it. */
import { type Document, empty, nothing, type Selection, selected } from "./document.ts";
import { fresh, type History, noted, rested, type Step } from "./history.ts";
import { same } from "./json.ts";
import { apply, inverse, joined, meets, type Op } from "./ops.ts";
import type { Edit, FocusTarget } from "./recorder.ts";

export interface EditorState {
  readonly document: Document;
  readonly selection: Selection;
  readonly history: History;
  /** What the server does not have yet, in order. Empty is "saved". */
  readonly pending: readonly Op[];
  /** Who should take the focus now; `serial` grows with every wish. */
  readonly focus: { readonly target: FocusTarget; readonly serial: number } | null;
  /** How often the document was another one. */
  readonly serial: number;
}

export type Action =
  /** Change the document. `at` is filled in by the dispatch of `useEditor`. */
  | { readonly type: "edit"; readonly edit: Edit; readonly at?: number }
  | { readonly type: "select"; readonly selection: Partial<Selection> }
  | { readonly type: "focus"; readonly target: FocusTarget }
  /** A field was left: the next edit begins a step of its own. */
  | { readonly type: "rest" }
  | { readonly type: "undo" }
  | { readonly type: "redo" }
  | { readonly type: "load"; readonly document: Document; readonly history?: History; readonly pending?: readonly Op[] }
  /** The server has the first `count` pending ops. */
  | { readonly type: "saved"; readonly count: number }
  /** Somebody else's ops, which are on the server; steps that meet them can no longer be undone. */
  | { readonly type: "merge"; readonly ops: readonly Op[] }
  /** The server made the draft another state: the document is it already there, and it can be undone here. */
  | { readonly type: "replaced"; readonly edit: Edit };

export type Dispatch = (action: Action) => void;

export const initial: EditorState = { document: empty, selection: nothing, history: fresh, pending: [], focus: null, serial: 0 };

export function reduce(state: EditorState, action: Action): EditorState {
  switch (action.type) {
    case "edit":
      return edited(state, action.edit, action.at ?? 0);
    case "select": {
      const selection = selected(action.selection);
      return same(selection, state.selection) ? state : { ...state, selection };
    }
    case "focus":
      return focused(state, action.target);
    case "rest":
      return { ...state, history: rested(state.history) };
    case "undo":
      return travelled(state, "past");
    case "redo":
      return travelled(state, "future");
    case "load":
      return { ...state, document: action.document, history: action.history ?? fresh, pending: action.pending ?? [], selection: present(action.document, state.selection), serial: state.serial + 1 };
    case "saved":
      return { ...state, pending: state.pending.slice(action.count) };
    case "merge":
      return merged(state, action.ops);
    case "replaced":
      return { ...edited({ ...state, history: rested(state.history) }, action.edit, 0), pending: state.pending };
  }
}

function edited(state: EditorState, edit: Edit, at: number): EditorState {
  const change = edit(state.document);
  if (change === null) return state;
  if (change.ops.length === 0) return change.selection === undefined ? state : { ...state, selection: change.selection };
  const document = apply(state.document, change.ops);
  const after = change.selection ?? present(document, state.selection);
  const step = { label: change.label, ops: change.ops, before: state.selection, after, at, coalesce: change.coalesce };
  const next = { ...state, document, selection: after, history: noted(state.history, step), pending: joined([...state.pending, ...change.ops]), serial: state.serial + 1 };
  return change.focus === undefined ? next : focused(next, change.focus);
}

function focused(state: EditorState, target: FocusTarget): EditorState {
  return { ...state, focus: { target, serial: (state.focus?.serial ?? 0) + 1 } };
}

/** One step back (from the past into the future) or forth. */
function travelled(state: EditorState, from: "past" | "future"): EditorState {
  const step = state.history[from].at(-1);
  if (step === undefined) return state;
  const back = from === "past";
  const ops = back ? inverse(step.ops) : step.ops;
  const document = apply(state.document, ops);
  const left = state.history[from].slice(0, -1);
  const other = [...state.history[back ? "future" : "past"], { ...step, coalesce: undefined }];
  const history = back ? { past: left, future: other } : { past: other, future: left };
  const selection = present(document, back ? step.before : step.after);
  return { ...state, document, selection, history, pending: joined([...state.pending, ...ops]), serial: state.serial + 1 };
}

function merged(state: EditorState, ops: readonly Op[]): EditorState {
  const document = apply(state.document, ops);
  const stays = (step: Step): boolean => !step.ops.some((own) => ops.some((theirs) => meets(own.path, theirs.path)));
  const history = { past: state.history.past.filter(stays), future: state.history.future.filter(stays) };
  return { ...state, document, history, selection: present(document, state.selection), serial: state.serial + 1 };
}

/** The selection without what the document no longer has. */
function present(document: Document, selection: Selection): Selection {
  const nodes = selection.nodes.filter((key) => document.nodes[key] !== undefined);
  const edges = selection.edges.filter((key) => document.edges[key] !== undefined);
  if (nodes.length === selection.nodes.length && edges.length === selection.edges.length) return selection;
  return { ...selection, nodes, edges };
}
