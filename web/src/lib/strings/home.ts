/** What Home says. */
export const home = {
  title: "Home",
  start: "Start with an example",
  startAbout: "Each runs in simulation: nothing is sent, and no account is needed.",
  run: "Run it",
  runLabel: (name: string) => `Run it: ${name}`,
  examples: {
    "support-triage": {
      title: "Customer support triage",
      about: "An agent rates a question; urgent ones go to the team, the others are answered by e-mail.",
      message: "My card was stolen an hour ago and somebody is using it. Please help!",
    },
    "parallel-research": {
      title: "Research in parallel",
      about: "Several agents look into one question at the same time, and one puts together what they found.",
      message: "How do banks detect stolen cards?",
    },
    "approval-before-email": {
      title: "Approval before an e-mail",
      about: "An agent drafts a reply, a person reads and approves it, and only then it is sent.",
      message: "A customer asks for a refund of 40 dollars.",
    },
  },
  needs: "Needs you",
  nothing: "Nothing needs you now: no request to decide, no failed run, no connection or trigger in trouble.",
  approvals: "Waiting for your decision",
  failed: "Failed runs of the last week",
  connections: "Connections in trouble",
  triggers: "Triggers that are late or fail",
  expiring: "expires soon",
  attention: "needs to be connected again",
  more: (count: number) => `${count}+`,
  all: "Show all",
  recent: "Last runs",
  noRuns: "Nothing has run yet. Run an example above, or start a workflow of your own.",
  simulated: "Simulated",
  unnamed: "Unnamed workflow",
} as const;
