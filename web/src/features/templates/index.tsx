/** Templates: whole workflows with their pictures, to be run in simulation or taken as a beginning. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { FilePlus, Play } from "lucide-react";
import type { ReactElement } from "react";
import { stale } from "~/lib/api";
import { type Template, runTemplate, templates, takeTemplate } from "~/lib/examples";
import { useMay } from "~/lib/session";
import { templates as words } from "~/lib/strings/templates";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";
import { PageFrame } from "~/ui/page-frame";
import { Read } from "~/ui/read";
import { Picture } from "./picture.tsx";

export function Page(): ReactElement {
  const query = useQuery({ queryKey: ["templates"], queryFn: templates, staleTime: Number.POSITIVE_INFINITY });
  return (
    <PageFrame title={words.title}>
      <p className="mb-4 max-w-prose text-muted">{words.about}</p>
      <Read query={query} what="the templates" needs="workflow:read">
        {(all) => (
          <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {all.map((template) => (
              <li key={template.name}>
                <Card template={template} />
              </li>
            ))}
          </ul>
        )}
      </Read>
    </PageFrame>
  );
}

function Card({ template }: { template: Template }): ReactElement {
  const [starts, writes] = [useMay("execution:start"), useMay("workflow:write")];
  const navigate = useNavigate();
  const queries = useQueryClient();
  const failed = (error: Error): void => toast(error.message, { tone: "danger" });
  const run = useMutation({ mutationFn: () => runTemplate(template), onSuccess: (id) => navigate({ to: "/runs/$id", params: { id } }), onError: failed });
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
      <Picture label={words.picture(template.title)} definition={template.definition} />
      <h2 className="font-semibold">{template.title}</h2>
      <p className="flex-1 text-sm text-muted">{template.about}</p>
      <p className="text-xs text-muted">{words.steps(template.steps, template.agents)}</p>
      <div className="flex flex-wrap gap-2">
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
