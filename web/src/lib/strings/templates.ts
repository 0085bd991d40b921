/** What the gallery says. */
export const templates = {
  title: "Templates",
  about: "Each is a whole workflow. Run it in simulation to see what it does, or take it as the beginning of your own.",
  run: "Run in simulation",
  use: "Use it",
  label: (what: string, name: string) => `${what}: ${name}`,
  steps: (count: number, agents: number) => `${count} steps, ${agents} ${agents === 1 ? "agent" : "agents"}`,
  picture: (name: string) => `The graph of ${name}`,
} as const;
