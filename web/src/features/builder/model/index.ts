/**
 * The model of the builder: what its views (canvas, inspector, outline, text) are given, and what they may say.
 *
 * A view gets `EditorView` and says `dispatch({ type: "edit", edit: setField(key, ["config", "message"], "…") })`.
 * Nothing here knows React.
 */
import type { Catalog } from "./catalog.ts";
import type { Document, NodeKey, Selection } from "./document.ts";
import type { Problem } from "./problems.ts";
import type { Dispatch, EditorState } from "./reducer.ts";

/** What every view of the builder is given. */
export interface EditorView {
  readonly workflowId: string;
  readonly document: Document;
  readonly selection: Selection;
  readonly catalog: Catalog;
  readonly problems: readonly Problem[];
  /** The steps whose answers are pinned: tests use these. */
  readonly pinned: ReadonlySet<NodeKey>;
  /** Whoever is named takes the focus when `serial` changes: `first-field` and `field` are the inspector's. */
  readonly focus: EditorState["focus"];
  readonly dispatch: Dispatch;
}

export { settled, spotOf } from "./auto-places.ts";
export * from "./card-size.ts";
export * from "./catalog.ts";
export { type Clip, copied, readClip } from "./clipboard.ts";
export { type Difference, differenceOf, type FieldChange, type Mark, type PartChange, type PartKind, unchanged } from "./difference.ts";
export * from "./document.ts";
export { addStep, type NewStep, type Spot } from "./edits/add.ts";
export { addNote, collapse, group, move, type Places, setGroup, setNote, ungroup } from "./edits/drawing.ts";
export { connect, disconnect, reconnect, refusal } from "./edits/edges.ts";
export { rename, setField, setRoot, setStart } from "./edits/fields.ts";
export { paste, type PasteAt } from "./edits/paste.ts";
export { remove } from "./edits/remove.ts";
export { replaceWith } from "./edits/replace.ts";
export { absolute, around, type Box, type Geometry, geometryOf, isOpen, offsetIn } from "./geometry.ts";
export { downstream, type Graph, graphOf, type Link, topological, upstream, visibleFrom } from "./graph.ts";
export type { History, Step } from "./history.ts";
export { type Json, type JsonObject, type Path, same } from "./json.ts";
export { apply, inverse, meets, type Op } from "./ops.ts";
export { type Operation, operations } from "./operations.ts";
export { type Ask, type ElkChild, type ElkGraph, tidied } from "./layout.ts";
export { outlineOf, type OutlineItem } from "./outline.ts";
export { layoutOf, placeOf } from "./places.ts";
export { type Issue, placed, type Problem } from "./problems.ts";
export { type Reference, referencesOf } from "./references.ts";
export { read } from "./read.ts";
export type { Change, Edit, FocusTarget } from "./recorder.ts";
export { type Action, type Dispatch, type EditorState, initial, reduce } from "./reducer.ts";
export { firstSentence, type Piece, sentence, spoken } from "./sentence.ts";
export { walked, type Way } from "./walk.ts";
export { write } from "./write.ts";
