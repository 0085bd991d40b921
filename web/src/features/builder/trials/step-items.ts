/** What can be done with a step, as the entries of its menu: the same on the canvas and in the outline. */
import { ArrowLeftToLine, ArrowRightToLine, Copy, FlaskConical, Pencil, Pin, Play, Plus, Spline, StepForward, TextCursorInput, Trash2, Unplug } from "lucide-react";
import { type CommandId, commands, shownKeys } from "~/lib/commands";
import type { Handlers } from "~/lib/keyboard";
import type { MenuItem } from "~/ui/menu";

const groups: readonly (readonly [CommandId, NonNullable<MenuItem["icon"]>][])[] = [
  [["step.test", FlaskConical], ["step.testUntil", StepForward], ["step.runFrom", Play], ["step.pin", Pin]],
  [["step.open", Pencil], ["step.rename", TextCursorInput], ["step.add", Plus], ["step.insert", ArrowLeftToLine], ["step.connect", Spline], ["edit.duplicate", Copy]],
  [["select.upstream", ArrowLeftToLine], ["select.downstream", ArrowRightToLine]],
  [["step.delete", Trash2], ["step.remove", Unplug]],
];

export function stepItems(run: (id: CommandId) => void, handlers: Handlers): (MenuItem | null)[] {
  return groups.flatMap((group, index): (MenuItem | null)[] => {
    const items = group.filter(([id]) => handlers[id] !== undefined).map(([id, icon]): MenuItem => ({ label: commands[id].title, icon, keys: shownKeys(id), danger: id === "step.delete", onSelect: () => run(id) }));
    return index === 0 || items.length === 0 ? items : [null, ...items];
  });
}
