/** Every command with its keys: the one table that the command menu, tooltips, the overlay of keys and the listeners are made of. */

/** Where keys act. `anywhere` acts in all of them; in the others single letters need focus inside. */
export type Context = "anywhere" | "graph" | "canvas" | "run" | "compare" | "list" | "approval" | "expression";

export interface Command {
  readonly context: Context;
  /** What it does, as its button says it. */
  readonly title: string;
  /** `Mod` is Ctrl, or ⌘ on a Mac. `G H` is one key after the other. The first is the one that is shown. */
  readonly keys: readonly string[];
}

function all<Id extends string>(table: Record<Id, Command>): Record<Id, Command> {
  return table;
}

/** `canvas` is what acts on the canvas alone; `graph` acts on the canvas and in the outline. */
export const commands = all({
  "menu.open": { context: "anywhere", title: "Open the command menu", keys: ["Mod+k"] },
  "keys.show": { context: "anywhere", title: "Show the keys", keys: ["?"] },
  "search.focus": { context: "anywhere", title: "Search on this page", keys: ["/"] },
  "region.next": { context: "anywhere", title: "Next region", keys: ["F6"] },
  "region.previous": { context: "anywhere", title: "Previous region", keys: ["Shift+F6"] },
  "draft.save": { context: "anywhere", title: "Save the draft now", keys: ["Mod+s"] },
  "main.act": { context: "anywhere", title: "Main action of this page", keys: ["Mod+Enter"] },
  "go.home": { context: "anywhere", title: "Go to Home", keys: ["g h"] },
  "go.workflows": { context: "anywhere", title: "Go to Workflows", keys: ["g w"] },
  "go.runs": { context: "anywhere", title: "Go to Runs", keys: ["g r"] },
  "go.approvals": { context: "anywhere", title: "Go to Approvals", keys: ["g a"] },
  "go.agents": { context: "anywhere", title: "Go to Agents", keys: ["g e"] },
  "go.connections": { context: "anywhere", title: "Go to Connections", keys: ["g c"] },
  "go.triggers": { context: "anywhere", title: "Go to Triggers", keys: ["g t"] },
  "go.templates": { context: "anywhere", title: "Go to Templates", keys: ["g l"] },
  "go.settings": { context: "anywhere", title: "Go to Settings", keys: ["g s"] },
  "step.add": { context: "graph", title: "Add a step after", keys: ["n"] },
  "step.insert": { context: "graph", title: "Insert a step before", keys: ["Shift+n"] },
  "step.open": { context: "graph", title: "Open the step", keys: ["Enter"] },
  "step.rename": { context: "graph", title: "Rename", keys: ["F2"] },
  "step.connect": { context: "graph", title: "Connect to …", keys: ["c"] },
  "step.delete": { context: "graph", title: "Delete", keys: ["Delete", "Backspace"] },
  "step.remove": { context: "graph", title: "Delete and reconnect", keys: ["Mod+Delete", "Mod+Backspace"] },
  "step.test": { context: "graph", title: "Test step", keys: ["t"] },
  "step.testUntil": { context: "graph", title: "Test up to here", keys: ["Shift+t"] },
  "step.runFrom": { context: "graph", title: "Run from here", keys: ["r"] },
  "step.pin": { context: "graph", title: "Pin output", keys: ["p"] },
  "select.upstream": { context: "graph", title: "Select everything before", keys: ["u"] },
  "select.downstream": { context: "graph", title: "Select everything after", keys: ["d"] },
  "select.all": { context: "graph", title: "Select all", keys: ["Mod+a"] },
  "edit.copy": { context: "graph", title: "Copy", keys: ["Mod+c"] },
  "edit.cut": { context: "graph", title: "Cut", keys: ["Mod+x"] },
  "edit.paste": { context: "graph", title: "Paste", keys: ["Mod+v"] },
  "edit.pasteConnected": { context: "graph", title: "Paste with incoming connections", keys: ["Mod+Shift+v"] },
  "edit.duplicate": { context: "graph", title: "Duplicate", keys: ["Mod+d"] },
  "edit.undo": { context: "graph", title: "Undo", keys: ["Mod+z"] },
  "edit.redo": { context: "graph", title: "Redo", keys: ["Mod+Shift+z", "Mod+y"] },
  "group.make": { context: "graph", title: "Group", keys: ["Mod+g"] },
  "group.dissolve": { context: "graph", title: "Ungroup", keys: ["Mod+Shift+g"] },
  "note.add": { context: "graph", title: "Add a note", keys: ["Shift+s"] },
  "graph.tidy": { context: "graph", title: "Tidy up", keys: ["Shift+l"] },
  "graph.find": { context: "graph", title: "Find in the workflow", keys: ["Mod+f"] },
  "view.outline": { context: "graph", title: "Outline", keys: ["o"] },
  "view.inspector": { context: "graph", title: "Inspector", keys: ["i"] },
  "view.dock": { context: "graph", title: "Dock", keys: ["l"] },
  "problem.next": { context: "graph", title: "Next problem", keys: ["F8"] },
  "problem.previous": { context: "graph", title: "Previous problem", keys: ["Shift+F8"] },
  "zoom.whole": { context: "canvas", title: "Fit everything", keys: ["1"] },
  "zoom.selection": { context: "canvas", title: "Fit the selection", keys: ["2"] },
  "zoom.actual": { context: "canvas", title: "Actual size", keys: ["0"] },
  "zoom.in": { context: "canvas", title: "Zoom in", keys: ["+", "="] },
  "zoom.out": { context: "canvas", title: "Zoom out", keys: ["-"] },
  "tool.hand": { context: "canvas", title: "Move the canvas", keys: ["h"] },
  "tool.select": { context: "canvas", title: "Select on the canvas", keys: ["v"] },
  "run.error.next": { context: "run", title: "Next error", keys: ["e"] },
  "run.error.previous": { context: "run", title: "Previous error", keys: ["Shift+e"] },
  "run.follow": { context: "run", title: "Follow live", keys: ["f"] },
  "run.critical": { context: "run", title: "Critical path", keys: ["x"] },
  "run.queue": { context: "run", title: "Show time in the queue", keys: ["q"] },
  "run.older": { context: "run", title: "Next, older run", keys: ["j"] },
  "run.newer": { context: "run", title: "Previous, newer run", keys: ["k"] },
  "run.retry": { context: "run", title: "Retry from failure", keys: ["Shift+r"] },
  "run.fork": { context: "run", title: "Fork from here", keys: ["Shift+f"] },
  "run.cancel": { context: "run", title: "Cancel the run", keys: ["Shift+c"] },
  "change.next": { context: "compare", title: "Next change", keys: ["j", "F7"] },
  "change.previous": { context: "compare", title: "Previous change", keys: ["k", "Shift+F7"] },
  "list.next": { context: "list", title: "Next row", keys: ["j", "ArrowDown"] },
  "list.previous": { context: "list", title: "Previous row", keys: ["k", "ArrowUp"] },
  "list.open": { context: "list", title: "Open", keys: ["Enter"] },
  "list.select": { context: "list", title: "Select", keys: ["x"] },
  "approval.approve": { context: "approval", title: "Approve", keys: ["a"] },
  "approval.reject": { context: "approval", title: "Reject", keys: ["r"] },
  "approval.edit": { context: "approval", title: "Edit the arguments", keys: ["e"] },
  "approval.comment": { context: "approval", title: "Comment", keys: ["m"] },
  "approval.next": { context: "approval", title: "Next request", keys: ["j"] },
  "approval.previous": { context: "approval", title: "Previous request", keys: ["k"] },
  "expression.complete": { context: "expression", title: "Complete", keys: ["Ctrl+ "] },
  "expression.large": { context: "expression", title: "Large editor", keys: ["Alt+Enter"] },
  "expression.data": { context: "expression", title: "Choose from the data", keys: ["Mod+i"] },
  "expression.tab": { context: "expression", title: "Tab indents", keys: ["Ctrl+m"] },
});

export type CommandId = keyof typeof commands;

/** The key that is shown for a command: `Mod+Shift+Z`. */
export function shownKeys(id: CommandId): string {
  const upper = (chord: string): string => chord.replace(/(^|\+)([a-z])$/, (_, before: string, letter: string) => before + letter.toUpperCase());
  return (commands[id].keys[0] ?? "").replace(/\+ $/, "+Space").split(" ").map(upper).join(" ");
}
