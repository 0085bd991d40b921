/** Three workflows that run at once, in simulation; the page goes on to the run. */
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import type { ReactElement } from "react";
import type { ExampleName } from "~/lib/examples";
import { useMay } from "~/lib/session";
import { home } from "~/lib/strings/home";
import { toast } from "~/lib/toasts";
import { Button } from "~/ui/button";

const names = Object.keys(home.examples) as ExampleName[];

export function Examples(): ReactElement | null {
  const may = useMay("execution:start");
  const navigate = useNavigate();
  const starting = useMutation({
    // The reader of YAML is loaded when it is first needed.
    mutationFn: async (name: ExampleName) => (await import("~/lib/examples")).runExample(name, home.examples[name].message),
    onSuccess: (id) => navigate({ to: "/runs/$id", params: { id } }),
    onError: (error) => toast(error.message, { tone: "danger" }),
  });
  if (!may) return null;
  return (
    <section aria-labelledby="examples">
      <h2 id="examples" className="text-lg font-semibold">
        {home.start}
      </h2>
      <p className="text-muted">{home.startAbout}</p>
      <ul className="mt-3 grid gap-3 md:grid-cols-3">
        {names.map((name, index) => (
          <li key={name} className="flex flex-col gap-2 rounded-md border border-line bg-surface p-4">
            <h3 className="font-semibold">{home.examples[name].title}</h3>
            <p className="flex-1 text-muted">{home.examples[name].about}</p>
            <Button
              icon={Play}
              variant={index === 0 ? "primary" : "secondary"}
              busy={starting.isPending && starting.variables === name}
              aria-label={home.runLabel(home.examples[name].title)}
              className="self-start"
              onClick={() => starting.mutate(name)}
            >
              {home.run}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
