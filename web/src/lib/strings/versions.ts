/** What is said of versions, restore points and their differences. */
import { quantity } from "~/lib/format";

const marks = { added: "added", removed: "removed", changed: "changed", moved: "moved" } as const;

const kinds = { step: ["step", "steps"], way: ["connection", "connections"], setting: ["setting", "settings"], note: ["note", "notes"], group: ["group", "groups"] } as const;

const reasons: Readonly<Record<string, string>> = {
  work: "while it was edited",
  publish: "before it was published",
  discard: "before it was discarded",
  restore: "before an older state was restored",
  replace: "before it was replaced",
  paste: "before something was pasted",
  merge: "before others' changes were merged",
  agent: "before an agent changed it",
  hand: "kept by hand",
};

const settings: Readonly<Record<string, string>> = { name: "Name", description: "Description", startNode: "First step", start_node: "First step", settings: "Settings of runs" };

const listed: Readonly<Record<string, string>> = { agents: "Agent", triggers: "Trigger" };

export const versions = {
  /** `agents/writer` is "Agent writer". */
  setting: (key: string): string => {
    const [list = "", id] = key.split(/\/(.*)/);
    return id === undefined || listed[list] === undefined ? (settings[key] ?? key) : `${listed[list]} ${id}`;
  },
  mark: marks,
  marked: { added: "Added", removed: "Removed", changed: "Changed", moved: "Moved" },
  counted: (count: number, kind: keyof typeof kinds, mark: keyof typeof marks): string => `${quantity(count, kinds[kind][0], kinds[kind][1])} ${marks[mark]}`,
  nothing: "Nothing is different",
  kinds: { step: "Steps", way: "Connections", setting: "Settings", note: "Notes", group: "Groups" },
  state: {
    draft: "Draft",
    version: (number: number): string => `Version ${number}`,
    published: (number: number): string => `Version ${number} (published)`,
    point: (number: number): string => `Restore point ${number}`,
    reason: (reason: string): string => reasons[reason] ?? reason,
    nobody: "the command line",
  },
  compare: {
    title: (name: string): string => `Changes of ${name}`,
    from: "Before",
    to: "After",
    swap: "Swap before and after",
    back: "Back to the builder",
    graph: "Graph of both states",
    help: "J and K go from change to change; the arrows move over the graph. What was removed is drawn as a ghost.",
    canvas: "Canvas",
    text: "YAML",
    views: "View",
    list: "Changes",
    next: "Next change",
    previous: "Previous change",
    place: (index: number, count: number): string => `Change ${index} of ${count}`,
    same: "These two states are the same",
    sameAbout: "No step, connection or setting is different. Choose other states above.",
    choose: "Choose a change to see it before and after.",
    before: "Before",
    after: "After",
    field: "Field",
    absent: "nothing",
    moved: "Its card stands elsewhere; what it does is the same.",
    movedToo: "Its card stands elsewhere, too.",
    whole: "The whole",
    unchanged: "It is the same in both.",
    textLabel: (which: string): string => `YAML, ${which}`,
    unread: "This state could not be read",
    gone: "It is no longer there: of restore points the newest fifty are kept.",
    details: "Details of the change",
    look: (which: string): string => `${which}, to look at`,
    lookAbout: "This is how the workflow was. Nothing can be changed here.",
    compareDraft: "Compare with the draft",
  },
  restore: {
    act: (which: string): string => `Restore ${which.toLowerCase()}`,
    short: "Restore",
    title: (which: string): string => `Make ${which.toLowerCase()} the draft again?`,
    about: "The draft as it is now is kept as a restore point, and it can be undone. What runs does not change before you publish.",
    keep: "Keep the draft",
    done: (which: string): string => `The draft is ${which.toLowerCase()} again.`,
    label: (which: string): string => `restoring ${which.toLowerCase()}`,
    unsaved: "Changes on this device are not saved yet. Try again when the draft is saved.",
  },
  discard: {
    act: "Discard draft",
    title: "Discard what was changed since it was published?",
    about: (number: number): string => `The draft becomes version ${number} again. What it is now is kept as a restore point, and it can be undone.`,
    keep: "Keep editing",
    done: "The draft was discarded.",
    label: "discarding the draft",
    never: "It was never published, so there is nothing to go back to.",
    same: "The draft is what is published.",
  },
  undo: "Undo",
  history: {
    title: "History",
    tab: "History",
    draft: "The draft",
    differs: "differs from what is published",
    equal: "is what is published",
    never: "was never published",
    published: "published",
    runs: "What runs",
    look: "Look",
    compare: "Compare",
    by: (who: string): string => `by ${who}`,
    empty: "Nothing was published yet. Every version, and every state of the draft that you can go back to, will stand here.",
    failed: "The history could not be read.",
    keep: "Keep this state",
    kept: "The draft as it is now is kept as a restore point.",
    filter: "Show",
    all: "Everything",
    versions: "Versions",
    points: "Restore points",
  },
  publish: {
    reading: "Reading what has changed …",
    first: "This is its first version.",
    nothing: "Nothing that runs has changed since the version that is published.",
    against: (number: number): string => `Against version ${number}:`,
    see: "See the changes",
  },
} as const;
