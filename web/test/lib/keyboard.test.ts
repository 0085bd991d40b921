/** Keys as they are pressed: on which keyboards, in which field, in which order. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { isSingle, listener, matches } from "~/lib/keyboard";
import { singleKeys } from "~/lib/preferences";

function pressed(key: string, given: KeyboardEventInit = {}, target: HTMLElement = document.body): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true, ...given });
  target.dispatchEvent(event);
  return event;
}

function listening(handlers: Parameters<typeof listener>[1], context: Parameters<typeof listener>[0] = "anywhere"): () => void {
  const listen = listener(context, handlers) as EventListener;
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}

let end = (): void => undefined;
afterEach(() => {
  end();
  singleKeys.set(true);
  document.body.replaceChildren();
});

describe("a chord", () => {
  it.each([
    ["Mod+k", { key: "k", ctrlKey: true }, true],
    ["Mod+k", { key: "k", metaKey: true }, true],
    ["Mod+k", { key: "K", ctrlKey: true, shiftKey: true }, false],
    ["Mod+Shift+z", { key: "Z", ctrlKey: true, shiftKey: true }, true],
    ["k", { key: "k", ctrlKey: true }, false],
    ["?", { key: "?", shiftKey: true }, true],
    ["?", { key: "?" }, true],
    ["+", { key: "+", shiftKey: true }, true],
    ["Shift+F6", { key: "F6", shiftKey: true }, true],
    ["F6", { key: "F6", shiftKey: true }, false],
    ["Ctrl+ ", { key: " ", ctrlKey: true }, true],
    ["Alt+Enter", { key: "Enter", altKey: true }, true],
    ["Delete", { key: "Delete" }, true],
  ])("%s %o: %s", (chord, event, expected) => {
    expect(matches(new KeyboardEvent("keydown", event), chord)).toBe(expected);
  });

  it("is single where nothing but Shift is held", () => {
    expect(["n", "Shift+n", "?", "g h", "Delete"].every(isSingle)).toBe(true);
    expect(["Mod+k", "Alt+Enter", "F6", "Shift+F8", "Ctrl+ "].some(isSingle)).toBe(false);
  });
});

describe("the listener", () => {
  it("hears one key after the other, and forgets the first after a while or another key", () => {
    const go = vi.fn();
    end = listening(() => ({ "go.home": go }));
    pressed("g");
    pressed("h");
    expect(go).toHaveBeenCalledTimes(1);
    pressed("h");
    pressed("g");
    pressed("x");
    pressed("h");
    expect(go).toHaveBeenCalledTimes(1);
  });

  it("leaves single keys to fields, also in a shadow root, and modified ones act there", () => {
    const [show, save] = [vi.fn(), vi.fn()];
    end = listening(() => ({ "keys.show": show, "draft.save": save }));
    const host = document.body.appendChild(document.createElement("div"));
    const field = host.attachShadow({ mode: "open" }).appendChild(document.createElement("textarea"));
    pressed("?", {}, field);
    expect(show).not.toHaveBeenCalled();
    expect(pressed("s", { ctrlKey: true }, field).defaultPrevented).toBe(true);
    expect(save).toHaveBeenCalledTimes(1);
    pressed("?");
    expect(show).toHaveBeenCalledTimes(1);
  });

  it("keeps quiet about single keys where a person switched them off", () => {
    const [show, menu] = [vi.fn(), vi.fn()];
    end = listening(() => ({ "keys.show": show, "menu.open": menu }));
    singleKeys.set(false);
    pressed("?");
    pressed("k", { ctrlKey: true });
    expect(show).not.toHaveBeenCalled();
    expect(menu).toHaveBeenCalledTimes(1);
  });

  it("passes over what somebody else has used, what is being composed, and what nobody handles", () => {
    const menu = vi.fn();
    end = listening(() => ({ "menu.open": menu }));
    pressed("k", { ctrlKey: true, isComposing: true });
    expect(pressed("s", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(menu).not.toHaveBeenCalled();
  });
});
