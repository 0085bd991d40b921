/** What a test will do with each step, before it is started. */
import type { Planned } from "@tenuto/react/api";
import { Pin, Play, SkipForward, Zap } from "lucide-react";
import type { ReactElement } from "react";
import { trials as say } from "~/lib/strings/trials";
import { RelativeTime } from "~/ui/relative-time";
import { type EditorView, effectOf, titleOf } from "../model/index.ts";

const icons = { run: Play, given: Pin, passed: SkipForward };

export function PlanList({ plan, view }: { plan: Planned; view: EditorView }): ReactElement {
  return (
    <section aria-label={say.run.plan} className="flex flex-col gap-1">
      <h3 className="text-sm font-semibold">{say.run.plan}</h3>
      <ol className="flex flex-col text-sm">
        {plan.steps.map((step) => {
          const node = view.document.nodes[step.node];
          const Icon = icons[step.how];
          const effect = node === undefined ? "pure" : effectOf(node, view.catalog);
          return (
            <li key={step.node} className="flex items-center gap-2 border-b border-line py-1">
              <Icon size={14} aria-hidden className={step.source === "pinned" ? "shrink-0 text-mark-pinned" : "shrink-0 text-muted"} />
              <span className="min-w-0 flex-1 truncate">{node === undefined ? step.node : titleOf(node)}</span>
              <span className="text-xs text-muted">
                {step.how === "given" ? say.run.how.given(say.source(step.source ?? "")) : say.run.how[step.how]} {step.at === null ? null : <RelativeTime at={step.at} />}
              </span>
              {step.how === "run" && effect !== "pure" && effect !== "read" ? (
                <span className="inline-flex items-center gap-1 text-xs text-muted">
                  <Zap size={12} aria-hidden />
                  {say.run.acts}
                </span>
              ) : null}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
