/** The English of the package, in one place: what a person reads. */

export const words = {
  completed: "The workflow is done.",
  failed: "The workflow failed.",
  started: (workflow: string) => (workflow ? `${workflow} has started.` : "The workflow has started."),
  nodeRunning: (name: string) => `${name} is running.`,
  nodeDone: (name: string) => `${name} is done.`,
  nodeWaiting: (name: string, reason: string, until: string) =>
    `${name} waits${reason ? ` (${reason})` : ""}${until ? ` until ${until}` : ""}.`,
  nodeRetrying: (name: string, until: string) => `${name} failed and is tried again${until ? ` at ${until}` : ""}.`,
  nodeUnknown: (name: string) => `Nobody knows whether ${name} has had its effect: somebody has to say.`,
  waiting: (what: string) => (what ? `Waiting for ${what}.` : "Waiting."),
  paused: (by: string) => (by ? `Paused by ${by}.` : "Paused."),
  resumed: (by: string) => (by ? `Resumed by ${by}.` : "Resumed."),

  title: "Workflow run",
  progress: "Progress",
  steps: "Steps",
  noSteps: "No step has begun yet.",
  live: "Live",
  connecting: "Connecting",
  closed: "Not live",
  simulated: "Simulated",
  state: { idle: "Not started", running: "Running", completed: "Done", failed: "Failed" },
  row: {
    running: "Running",
    retrying: "Retrying",
    waiting: "Waiting",
    unknown: "Outcome unknown",
    completed: "Done",
    skipped: "Skipped",
    failed: "Failed",
  },
} as const;

/** Milliseconds with a unit: `340 ms`, `1.2 s`, `12 min 4 s`, `3 h 20 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** A time of day where the reader is; nothing for what is no time. */
export function clock(at: string | null): string {
  const time = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? "" : new Date(time).toLocaleTimeString();
}
