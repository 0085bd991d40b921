/** Folds logs for somebody else: reads a JSON list of logs, prints for each the state after every event. Needs nothing installed. */
import { readFileSync } from "node:fs";
import { evolve } from "../src/core/fold.ts";
import { initialState, view } from "../src/core/state.ts";

const logs = JSON.parse(readFileSync(0, "utf8"));
const states = logs.map((events) => {
  const state = initialState();
  return events.map((event) => {
    evolve(state, event);
    // As text: a later event must not change what was noted before.
    return JSON.stringify(view(state));
  });
});
process.stdout.write(JSON.stringify(states));
