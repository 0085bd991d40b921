/** What the parts of the builder know of tests and pins, and what they may ask for. */
import type { SampleView, TrialBody, Tried } from "@tenuto/react/api";
import { createContext, useContext } from "react";
import type { NodeKey } from "../model/index.ts";

/** A part of the draft to be tested as a run. */
export type Wish = { readonly kind: "whole" } | { readonly kind: "from" | "until"; readonly node: NodeKey };

export interface Trials {
  readonly workflowId: string;
  /** The step that the dock tests. */
  readonly step: NodeKey | null;
  /** Grows whenever a test of a step is asked for: the panel takes the focus. */
  readonly asked: number;
  /** What came of tests since the page was opened. */
  readonly results: ReadonlyMap<NodeKey, Tried>;
  /** The run of the part that was tested last. */
  readonly run: string | null;
  readonly pins: ReadonlyMap<NodeKey, readonly SampleView[]>;
  /** What a dialog is open for. */
  readonly wish: Wish | null;
  readonly pinning: NodeKey | null;
  readonly openStep: (key: NodeKey) => void;
  readonly openWish: (wish: Wish) => void;
  readonly openPin: (key: NodeKey) => void;
  readonly close: () => void;
  /** Tests one step of what is on the screen. */
  readonly test: (key: NodeKey, given: Omit<TrialBody, "node" | "workflow">) => Promise<void>;
  /** Watches a run in the dock. */
  readonly watch: (run: string) => void;
  readonly pin: (key: NodeKey, port: string, value: unknown, source: string) => Promise<void>;
  readonly unpin: (key: NodeKey, port: string) => Promise<void>;
}

export const TrialsContext = createContext<Trials | null>(null);

export function useTrialsContext(): Trials {
  const trials = useContext(TrialsContext);
  if (trials === null) throw new Error("What concerns tests stands outside of the builder.");
  return trials;
}
