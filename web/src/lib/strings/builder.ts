/** What is said in the builder. */
export const builder = {
  sentence: {
    ask: "Ask",
    anAgent: "an agent",
    team: "Several agents:",
    if: "If",
    by: "By",
    build: "Build",
    forEach: "For each of",
    until: "Repeat until",
    run: "Run workflow",
    waitFor: "Wait for",
    waitUntil: "Wait until",
    waitCall: "Wait for a call of its address",
    waitEvent: "Wait for the event",
    approve: "Ask people:",
    code: "Run Python",
    end: "Finish the run",
    endBadly: "Fail the run:",
    chooseApp: "Choose an app and what it does",
    unknownAction: "This action is not installed",
  },
} as const;
