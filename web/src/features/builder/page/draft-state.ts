/** What a page knows of the draft on the server. */
import type { RefObject } from "react";
import type { Document, EditorState } from "../model/index.ts";
import type { Conflict } from "./merging.ts";

export interface Saved {
  readonly rev: number;
  readonly base: Document;
  readonly at: number;
  readonly version: number | null;
  readonly differs: boolean;
}

/** The newest of it all, for what goes on between two renders. */
export type Now = RefObject<{ state: EditorState; saved: Saved | null; conflict: Conflict | null; busy: boolean }>;
