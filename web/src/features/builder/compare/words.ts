/** A difference in few words. */
import { versions as say } from "~/lib/strings/versions.ts";
import type { Mark, PartChange, PartKind } from "../model/index.ts";

const kinds: readonly PartKind[] = ["step", "way", "setting", "note", "group"];
const marks: readonly Mark[] = ["added", "removed", "changed", "moved"];

/** "2 steps added, 1 connection removed". */
export function summary(changes: readonly PartChange[]): string {
  const parts = kinds.flatMap((kind) =>
    marks.flatMap((mark) => {
      const count = changes.filter((change) => change.kind === kind && change.mark === mark).length;
      return count === 0 ? [] : [say.counted(count, kind, mark)];
    }),
  );
  return parts.length === 0 ? say.nothing : parts.join(", ");
}

/** What it is called: a setting by what people know it as, everything else by its own name. */
export function titled({ kind, key, title }: PartChange): string {
  return kind === "setting" ? say.setting(key) : title;
}
