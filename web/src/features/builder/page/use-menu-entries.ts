/** What the builder adds to the command menu: its commands, and the steps of this workflow. */
import { useEffect, useMemo, useRef } from "react";
import { type CommandId, commands, shownKeys } from "~/lib/commands";
import type { Handlers } from "~/lib/keyboard";
import type { MenuEntry } from "~/lib/menu-items";
import { builder as say } from "~/lib/strings/builder";
import { type Document, ranked, titleOf } from "../model/index.ts";

const mostSteps = 200;

export function useMenuEntries(handlers: Handlers, document: Document, reveal: (key: string) => void): readonly MenuEntry[] {
  const latest = useRef({ handlers, reveal });
  useEffect(() => {
    latest.current = { handlers, reveal };
  });
  const names = ranked(document.nodes).slice(0, mostSteps).map((node) => `${node.key}\n${titleOf(node)}`).join("\0");
  const ids = Object.keys(handlers).join(" ");
  return useMemo(() => {
    const acts = ids.split(" ").map((id): MenuEntry => {
      const command = id as CommandId;
      return { id, group: say.page.title, title: commands[command].title, keys: shownKeys(command), run: () => latest.current.handlers[command]?.(new KeyboardEvent("keydown")) };
    });
    const steps = names.split("\0").filter(Boolean).map((line): MenuEntry => {
      const [key = "", title = ""] = line.split("\n");
      return { id: `step ${key}`, group: say.palette.label, title, words: key, run: () => latest.current.reveal(key) };
    });
    return [...acts, ...steps];
  }, [names, ids]);
}
