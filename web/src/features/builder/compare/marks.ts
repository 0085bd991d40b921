/** How what became of a part looks: icon, word and border, so that colour is never the only cue. */
import { type LucideIcon, Minus, Move, Pencil, Plus } from "lucide-react";
import { createContext } from "react";
import type { Mark } from "../model/index.ts";

export interface MarkLook {
  readonly icon: LucideIcon;
  readonly text: string;
  readonly border: string;
  readonly fill: string;
  readonly stroke: string;
  readonly dash: string;
}

export const markLooks: Readonly<Record<Mark, MarkLook>> = {
  added: { icon: Plus, text: "text-success", border: "border-2 border-solid border-success", fill: "bg-success", stroke: "var(--success)", dash: "" },
  removed: { icon: Minus, text: "text-danger", border: "border-2 border-dashed border-danger", fill: "bg-danger", stroke: "var(--danger)", dash: "8 5" },
  changed: { icon: Pencil, text: "text-warning", border: "border-4 border-double border-warning", fill: "bg-warning", stroke: "var(--warning)", dash: "" },
  moved: { icon: Move, text: "text-accent", border: "border-2 border-dotted border-accent", fill: "bg-accent", stroke: "var(--accent)", dash: "" },
};

/** What became of the step with this key; nothing where it is the same. */
export const MarksContext = createContext<ReadonlyMap<string, Mark>>(new Map());
