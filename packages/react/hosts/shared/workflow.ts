/** A run that goes on when it is told to, in the kept shape of a definition. */
import type { WorkflowDefinition } from "@tenuto/react";

const pause = { type: "delay", config: { duration: "PT0.5S" } };
const steps = [pause, { type: "wait", config: { event: "first.go" } }, pause, { type: "wait", config: { event: "second.go" } }, pause];
const names = ["first", "second", "third", "fourth", "fifth"];

export const workflow: WorkflowDefinition = {
  id: "hosted",
  name: "Hosted",
  description: "Waits a few times.",
  agents: [],
  nodes: steps.map((step, index) => ({ id: names[index] ?? "", ...step, nextNodes: names.slice(index + 1, index + 2) })),
  startNode: "first",
};
