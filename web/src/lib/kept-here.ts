/** What this browser keeps of somebody's work, and how it is forgotten when they leave it to others. */

/** The database of drafts that are not on the server yet. */
export const draftsDatabase = "tenuto-drafts";

const whoKey = "tenuto.who";
/** Habits of the browser, which say nothing of anybody's work. */
const kept: ReadonlySet<string> = new Set(["tenuto.theme", "tenuto.single-keys", "tenuto.saves-by-hand", whoKey]);

/** Nothing of what was drafted, seen or arranged here is left; an open builder lets go of its database. */
export async function forgetHere(): Promise<void> {
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage)) if (key.startsWith("tenuto.") && !kept.has(key)) storage.removeItem(key);
  }
  await new Promise<void>((resolve) => {
    const request = indexedDB.deleteDatabase(draftsDatabase);
    // A tab that does not answer keeps it a little longer; the deletion stands in line.
    for (const end of ["success", "error", "blocked"]) request.addEventListener(end, () => resolve());
  });
}

/** Whoever signs in where somebody else's session ended finds nothing of theirs; who comes back finds all of their own. */
export async function greet(who: string): Promise<void> {
  try {
    const before = localStorage.getItem(whoKey);
    if (before !== null && before !== who) await forgetHere();
    localStorage.setItem(whoKey, who);
  } catch {
    // Storage may be refused; then there is nothing to forget either.
  }
}
