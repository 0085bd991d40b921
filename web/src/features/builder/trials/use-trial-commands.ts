/** What the keys for testing and pinning do with the step that is selected. */
import { useMemo } from "react";
import type { Handlers } from "~/lib/keyboard";
import type { NodeKey, Selection } from "../model/index.ts";
import type { Trials } from "./context.ts";

export function useTrialCommands({ openStep, openWish, openPin }: Trials, selection: Selection): Handlers {
  const lead = selection.nodes.at(-1);
  return useMemo((): Handlers => {
    const one = (act: (key: NodeKey) => void) => () => (lead === undefined ? undefined : act(lead));
    return {
      "step.test": one(openStep),
      "step.testUntil": one((node) => openWish({ kind: "until", node })),
      "step.runFrom": one((node) => openWish({ kind: "from", node })),
      "step.pin": one(openPin),
    };
  }, [lead, openStep, openWish, openPin]);
}
