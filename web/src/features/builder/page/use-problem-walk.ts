/** F8 goes from problem to problem, in the order of the list. */
import { useMemo, useRef } from "react";
import type { Handlers } from "~/lib/keyboard";
import type { EditorView } from "../model/index.ts";

export function useProblemWalk({ problems, dispatch }: EditorView): Handlers {
  const place = useRef(-1);
  return useMemo(() => {
    const go = (by: number) => () => {
      if (problems.length === 0) return;
      place.current = (place.current + by + problems.length) % problems.length;
      const problem = problems[place.current];
      if (problem === undefined) return;
      dispatch({ type: "select", selection: problem.node === null ? {} : { nodes: [problem.node] } });
      if (problem.node !== null) dispatch({ type: "focus", target: { on: "field", node: problem.node, path: problem.path } });
    };
    return { "problem.next": go(1), "problem.previous": go(-1) };
  }, [problems, dispatch]);
}
