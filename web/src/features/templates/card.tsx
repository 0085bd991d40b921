/** One template: its picture, what it does and works with, and the two things to do with it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { TemplateSummary } from "@tenuto/react/api";
import { FilePlus, Play } from "lucide-react";
import { type ReactElement, useState } from "react";
import { stale } from "~/lib/api";
import { runTemplate, takeTemplate } from "~/lib/examples";
import { useMay } from "~/lib/session";
import { templates as words } from "~/lib/strings/templates";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { Chip } from "~/ui/chip";
import { cx } from "~/ui/cx";
import { Select } from "~/ui/field";
import { Picture } from "./picture.tsx";

export function Card({ template }: { template: TemplateSummary }): ReactElement {
  const [starts, writes] = [useMay("execution:start"), useMay("workflow:write")];
  const [which, choose] = useState(0);
  const several = starts && template.inputs.length > 1;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const failed = (error: Error): void => toast(error.message, { tone: "danger" });
  const run = useMutation({ mutationFn: () => runTemplate(template, which), onSuccess: (id) => navigate({ to: "/runs/$id", params: { id } }), onError: failed });
  const take = useMutation({
    mutationFn: () => takeTemplate(template),
    onSuccess: async (id) => {
      await stale(queries, "workflows");
      await navigate({ to: "/workflows/$id", params: { id } });
    },
    onError: failed,
  });
  return (
    <article aria-label={template.title} className="flex h-full flex-col gap-3 rounded-md border border-line bg-surface p-4">
      <Picture label={words.picture(template.title)} graph={template.graph} />
      <h2 className="font-semibold">{template.title}</h2>
      <p className="min-h-[3lh] text-sm text-muted">{template.description}</p>
      {template.applications.length > 0 ? (
        <ul aria-label={words.uses(template.title)} className="flex flex-wrap gap-1.5">
          {template.applications.map(({ key, name }) => (
            <li key={key}>
              <Chip>{name}</Chip>
            </li>
          ))}
        </ul>
      ) : null}
      <p className="text-xs text-muted">{[words.steps(template.graph.nodes.length, template.agents), ...template.triggers.map((type) => words.starts[type] ?? type)].join(" · ")}</p>
      {several ? (
        <label className="mt-auto flex items-center gap-2 text-sm text-muted">
          <span className="shrink-0">{words.tryOn}</span>
          <Select aria-label={words.tryLabel(template.title)} className="min-w-0 flex-1" value={which} onChange={(event) => choose(Number(event.target.value))}>
            {template.inputs.map((input, index) => (
              <option key={input.title} value={index}>
                {input.title}
              </option>
            ))}
          </Select>
        </label>
      ) : null}
      <div className={cx("flex flex-wrap gap-2", !several && "mt-auto")}>
        {starts ? (
          <Button icon={Play} variant="primary" busy={run.isPending} aria-label={words.label(words.run, template.title)} onClick={() => run.mutate()}>
            {words.run}
          </Button>
        ) : null}
        {writes ? (
          <Button icon={FilePlus} busy={take.isPending} aria-label={words.label(words.use, template.title)} onClick={() => take.mutate()}>
            {words.use}
          </Button>
        ) : null}
      </div>
    </article>
  );
}
