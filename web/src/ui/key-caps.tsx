/** Keys as they stand on the keyboard. */
import type { ReactElement } from "react";

const mac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.userAgent);
const names: Record<string, string> = mac
  ? { Mod: "⌘", Shift: "⇧", Alt: "⌥", Ctrl: "⌃", Enter: "↩" }
  : { Mod: "Ctrl", Enter: "Enter" };

/** `Mod+Shift+V`, or `G H` for one key after the other. */
export function KeyCaps({ keys }: { keys: string }): ReactElement {
  return (
    <span className="inline-flex items-center gap-1">
      {keys.split(" ").map((chord) => (
        <span key={chord} className="inline-flex items-center gap-0.5">
          {parts(chord).map((part) => (
            <kbd key={part} className="min-w-5 rounded-sm border border-line bg-sunken px-1 text-center font-sans text-xs text-muted">
              {names[part] ?? part}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}

/** `Mod++` is Mod and plus. */
function parts(chord: string): string[] {
  return chord.split(/\+(?!$)/).filter(Boolean);
}
