/** What a person has chosen in this browser. */
import { type Stored, stored } from "./stored.ts";

export type Theme = "system" | "light" | "dark";

const isTheme = (found: unknown): found is Theme => found === "system" || found === "light" || found === "dark";
const isFlag = (found: unknown): found is boolean => typeof found === "boolean";

export const theme: Stored<Theme> = stored<Theme>("theme", "system", isTheme);

/** Whether single letters act; modified keys always do (WCAG 2.1.4). */
export const singleKeys: Stored<boolean> = stored("single-keys", true, isFlag);

/** Whether a draft is kept on the server only when it is asked for. */
export const savesByHand: Stored<boolean> = stored("saves-by-hand", false, isFlag);

/** Puts the chosen theme on the page, now and whenever it changes; public/theme.js does it before the first paint. */
export function applyTheme(root: HTMLElement = document.documentElement): () => void {
  const apply = (): void => {
    const chosen = theme.get();
    if (chosen === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = chosen;
  };
  apply();
  return theme.subscribe(apply);
}
