/** Listens for the keys of commands: `useCommands("graph", { "edit.undo": undo }, canvas)`. */
import { type RefObject, useEffect, useRef } from "react";
import { type CommandId, type Context, commands } from "./commands.ts";
import { singleKeys } from "./preferences.ts";

export type Handlers = Partial<Record<CommandId, (event: KeyboardEvent) => void>>;

const patience = 1200;
const typed = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]:not([contenteditable=false])";

/** Whether what has focus takes text, also inside a shadow root; single keys belong to it, then. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof Element && target.closest(typed) !== null;
}

/** Whether Enter or Space presses what has focus; a command never takes that away. */
function isPressing(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (event.key === "Enter" || event.key === " ") && target instanceof Element && target.closest("button, a[href], summary, [role=menuitem], [role=option]") !== null;
}

/** Whether an event is a chord such as `Mod+Shift+z`. Letters are compared by what they write, never by where they lie. */
export function matches(event: KeyboardEvent, chord: string): boolean {
  const parts = chord === "+" ? ["+"] : chord.split(/\+(?!$)/);
  const key = parts.at(-1) ?? "";
  const wants = (name: string): boolean => parts.slice(0, -1).includes(name);
  const mod = event.ctrlKey || event.metaKey;
  if ((wants("Mod") || wants("Ctrl")) !== mod || wants("Alt") !== event.altKey) return false;
  // Where a sign lies differs by keyboard: `?` needs Shift on one and none on another.
  const sign = key.length === 1 && key.toLowerCase() === key.toUpperCase() && key !== " ";
  if (!sign && wants("Shift") !== event.shiftKey) return false;
  return event.key.length === 1 ? event.key.toLowerCase() === key.toLowerCase() : event.key === key;
}

/** Whether a chord is a plain key, which a person may switch off and which never acts while text is typed. */
export function isSingle(chord: string): boolean {
  return !/^(Mod|Ctrl|Alt)\+./.test(chord) && !/^(Shift\+)?F\d/.test(chord);
}

/** A listener for the commands that `handlers` holds at the time of the event. */
export function listener(context: Context, handlers: () => Handlers): (event: KeyboardEvent) => void {
  const ids = (Object.keys(commands) as CommandId[]).filter((id) => commands[id].context === context);
  let begun: { key: string; at: number } | null = null;

  return (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const typing = isTyping(event);
    const before = begun && event.timeStamp - begun.at < patience ? begun.key : null;
    begun = null;
    const given = handlers();
    for (const id of ids) {
      const handle = given[id];
      const keys = commands[id].keys.find((each) => completes(event, each, before));
      if (!handle || keys === undefined) continue;
      if (isSingle(keys) && (typing || isPressing(event) || !singleKeys.get())) continue;
      event.preventDefault();
      handle(event);
      return;
    }
    if (!typing && isLetter(event)) begun = { key: event.key.toLowerCase(), at: event.timeStamp };
  };
}

/** Whether an event completes keys, where `before` is the letter that was pressed just before. */
function completes(event: KeyboardEvent, keys: string, before: string | null): boolean {
  const [first, second] = keys.split(" ");
  if (second === undefined || second === "") return matches(event, keys);
  return before !== null && first === before && matches(event, second);
}

function isLetter(event: KeyboardEvent): boolean {
  return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
}

/** Without `within`, on the whole page; with it, while focus is inside. */
export function useCommands(context: Context, handlers: Handlers, within?: RefObject<HTMLElement | null>): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const target: HTMLElement | Window | null = within ? within.current : window;
    const heard = listener(context, () => latest.current);
    const listen = ((event: KeyboardEvent) => {
      // What lies behind a dialog is not acted on.
      if (within || document.querySelector("[role=dialog][data-state=open]") === null) heard(event);
    }) as EventListener;
    target?.addEventListener("keydown", listen);
    return () => target?.removeEventListener("keydown", listen);
  }, [context, within]);
}
