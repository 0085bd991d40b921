/** Everything that is wrong with the workflow, step by step; choosing one goes to its field. */
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactElement } from "react";
import { problemList as words } from "~/lib/strings/outline.ts";
import { type EditorView, type NodeKey, type Problem, titleOf } from "./model/index.ts";

export function ProblemList({ view }: { view: EditorView }): ReactElement {
  const groups = Map.groupBy(view.problems, (problem) => problem.node);
  if (view.problems.length === 0) {
    return (
      <p className="flex items-center gap-2 p-4 text-sm text-success">
        <CircleCheck size={16} aria-hidden />
        {words.none}
      </p>
    );
  }
  return (
    <ul aria-label={words.label} className="flex flex-col gap-3 overflow-y-auto p-3">
      {[...groups].map(([node, problems]) => (
        <li key={node ?? ""}>
          <h3 className="mb-1 text-xs font-semibold text-muted">{node === null ? words.workflow : nameOf(view, node)}</h3>
          <ul className="flex flex-col">
            {problems.map((problem) => (
              <li key={`${problem.issue.pointer} ${problem.issue.code}`}>
                <Line problem={problem} onOpen={() => goTo(view, problem)} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function nameOf(view: EditorView, key: NodeKey): string {
  const node = view.document.nodes[key];
  return node === undefined ? key : titleOf(node);
}

function Line({ problem, onOpen }: { problem: Problem; onOpen: () => void }): ReactElement {
  const { message, fix } = problem.issue;
  const Icon = problem.severe ? CircleAlert : TriangleAlert;
  return (
    <button type="button" className="flex w-full items-start gap-2 rounded px-2 py-1 text-left text-sm hover:bg-hover" onClick={onOpen}>
      <Icon size={16} role="img" aria-label={problem.severe ? words.error : words.warning} className={problem.severe ? "mt-0.5 shrink-0 text-danger" : "mt-0.5 shrink-0 text-warning"} />
      <span>
        {message}
        {fix ? <span className="text-muted"> {fix}</span> : null}
      </span>
    </button>
  );
}

/** Selects the step and gives the focus to the field. */
export function goTo(view: EditorView, problem: Problem): void {
  if (problem.node === null) return view.dispatch({ type: "select", selection: {} });
  view.dispatch({ type: "select", selection: { nodes: [problem.node] } });
  view.dispatch({ type: "focus", target: { on: "field", node: problem.node, path: problem.path } });
}
