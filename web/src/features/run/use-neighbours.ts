/** `J` and `K` lead to the next older and newer run of the list that one came from. */
import { useNavigate } from "@tanstack/react-router";
import { useCommands } from "~/lib/keyboard";
import { runList } from "~/lib/run-list";
import { useRun } from "./context.ts";

export function useNeighbours(): void {
  const { detail } = useRun();
  const navigate = useNavigate();
  const go = (by: 1 | -1): void => {
    const ids = runList.get();
    const next = ids[ids.indexOf(detail.id) + by];
    if (ids.includes(detail.id) && next) void navigate({ to: "/runs/$id", params: { id: next }, search: (old) => ({ view: (old as Record<string, string>)["view"] }) as never });
  };
  useCommands("run", { "run.older": () => go(1), "run.newer": () => go(-1) });
}
