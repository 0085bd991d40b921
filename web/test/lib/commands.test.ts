/** The table of commands: no key means two things, and none is taken from the browser, the system or the Tab order (ux.md, B5). */
import { describe, expect, it } from "vitest";
import { type CommandId, type Context, commands, shownKeys } from "~/lib/commands";
import { isSingle } from "~/lib/keyboard";

const ids = Object.keys(commands) as CommandId[];
/** Contexts whose keys are heard at the same time. */
const together: readonly (readonly Context[])[] = [["anywhere", "graph", "canvas"], ["anywhere", "graph", "run"], ["anywhere", "list"], ["anywhere", "compare"], ["anywhere", "approval"], ["anywhere", "expression"]];
const forbidden = [/^Tab$/, /^Mod\+[ntwl1-9]$/i, /^Mod\+Shift\+[pa]$/i, /^Alt\+Arrow/, /^Alt\+[a-z]$/i, /(Mod|Ctrl)\+Alt/, /^(Mod|Ctrl)\+Arrow/];

describe("commands", () => {
  it.each(together)("that are heard together have keys of their own: %s, %s, %s", (...contexts) => {
    // On the run page the graph is looked at; what changes it is not offered there.
    const heard = ids.filter((id) => contexts.includes(commands[id].context) && !(contexts.includes("run") && /^(step|edit|group|note|view)\./.test(id)));
    const all = heard.flatMap((id) => commands[id].keys);
    const repeated = all.filter((key, index) => all.indexOf(key) !== index);
    expect(repeated).toEqual([]);
  });

  it("take no key from the browser, the system, AltGr or the Tab order", () => {
    const taken = ids.flatMap((id) => commands[id].keys.filter((key) => forbidden.some((rule) => rule.test(key))));
    expect(taken).toEqual([]);
  });

  it("begin no sequence with a letter that acts by itself", () => {
    const firsts = new Set(ids.flatMap((id) => commands[id].keys).filter((key) => / ./.test(key)).map((key) => key.split(" ")[0]));
    const singles = ids.flatMap((id) => commands[id].keys).filter((key) => !/ ./.test(key) && isSingle(key));
    expect(singles.filter((key) => firsts.has(key))).toEqual([]);
  });

  it("are shown as they stand on the keyboard", () => {
    expect(shownKeys("edit.redo")).toBe("Mod+Shift+Z");
    expect(shownKeys("go.home")).toBe("G H");
    expect(shownKeys("expression.complete")).toBe("Ctrl+Space");
    expect(shownKeys("zoom.in")).toBe("+");
    expect(shownKeys("keys.show")).toBe("?");
  });
});
