/** The steps that this person has put in last, newest first. */
import { stored } from "~/lib/stored";

const most = 3;

export const recent = stored<readonly string[]>("recent-steps", [], (value): value is string[] => Array.isArray(value) && value.every((each) => typeof each === "string"));

export function noteUsed(id: string): void {
  recent.set([id, ...recent.get().filter((each) => each !== id)].slice(0, most));
}
