/** What is said in the outline, the text view and the list of problems. */
export const outline = {
  label: "Steps",
  empty: "There is no step yet. N adds one after the step you are at, C connects it with another, Enter opens it.",
  first: "Add the first step",
  port: (port: string) => `When ${port}`,
  portEmpty: (port: string) => `When ${port}: nothing`,
  inside: "Inside: nothing yet",
  branch: (number: number) => `At the same time, way ${number}`,
  jump: (name: string, number: number) => `→ goes to ${name}, step ${number}`,
  joins: (count: number) => `joins ${count} branches`,
  problems: (count: number) => `${count} ${count === 1 ? "problem" : "problems"}`,
} as const;

export const text = {
  label: "The workflow as YAML",
  about: "The same workflow as on the canvas. What you write here is there as soon as it can be read.",
  wrong: "This cannot be read yet, so nothing of it is kept:",
  line: (line: number) => `line ${line}`,
  notWorkflow: "A workflow is a list of names with values: name, nodes, edges.",
  nodeless: "“nodes” has to be a list of steps, each with an id and a type.",
  undo: "Go back to what is kept",
} as const;

export const problemList = {
  label: "Problems",
  none: "No problems. It can be published.",
  workflow: "Workflow",
  checking: "Looking for problems …",
  open: (message: string) => `Go to it: ${message}`,
  warning: "Warning",
  error: "Problem",
} as const;
