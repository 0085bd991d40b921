/** The values around a step: what comes before it, to be chosen, and what it gives. */
import { type ReactElement, useState } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { Chip } from "~/ui/chip.tsx";
import { JsonTree } from "~/ui/json-tree.tsx";
import { SearchBox } from "~/ui/search-box.tsx";
import { shown } from "../expression/completion.ts";
import { type Step, written } from "../expression/paths.ts";
import { type DocNode, type Json, titleOf } from "../model/index.ts";
import { useTrialsContext } from "../trials/context.ts";
import { Result } from "../trials/result.tsx";
import { Sources } from "../trials/sources.tsx";
import { useForm } from "./form-context.tsx";

export function DataTab({ node }: { node: DocNode }): ReactElement {
  const trials = useTrialsContext();
  const tried = trials.results.get(node.key);
  const form = useForm();
  const [filter, setFilter] = useState("");
  const upstream = form.around?.upstream ?? [];
  const fits = (name: string, value: Json | undefined): boolean => filter === "" || `${name} ${shown(value, 100_000)}`.toLowerCase().includes(filter.toLowerCase());
  const pick = (root: string) => (path: readonly Step[]) => form.insert(root + written(path));
  return (
    <div className="flex flex-col gap-5 p-4">
      <section aria-labelledby="data-upstream" className="flex flex-col gap-3">
        <h3 id="data-upstream" className="text-sm font-semibold">
          {words.data.upstream}
        </h3>
        <p className="text-xs text-muted">{words.data.help}</p>
        <SearchBox label={words.data.upstream} value={filter} onChange={setFilter} />
        {upstream.length === 0 ? <p className="text-sm text-muted">{words.data.none}</p> : null}
        {upstream
          .filter((each) => fits(each.name, each.output))
          .map((each, index) => (
            <Part key={each.id} name={`${upstream.length - index}. ${each.name}`} source={each.source} value={each.output} onPick={pick(`nodes${written([each.id])}.output`)} />
          ))}
        {fits(words.data.input, form.around?.input) ? <Part name={words.data.input} source="" value={form.around?.input} onPick={pick("input")} /> : null}
      </section>
      <section aria-labelledby="data-output" className="flex flex-col gap-3">
        <h3 id="data-output" className="text-sm font-semibold">
          {words.data.output}
        </h3>
        {tried === undefined ? null : <Result key={tried.duration_ms} tried={tried} step={titleOf(node)} onPin={(port, value) => void trials.pin(node.key, port, value, "test")} />}
        <Sources node={node} />
      </section>
    </div>
  );
}

function Part({ name, source, value, onPick }: { name: string; source: string; value: Json | undefined; onPick?: (path: readonly Step[]) => void }): ReactElement {
  return (
    <div className="rounded border border-line">
      <div className="flex items-center justify-between gap-2 border-b border-line px-2 py-1 text-sm font-medium">
        <span className="truncate">{name}</span>
        {source === "" ? null : <Chip>{source}</Chip>}
      </div>
      <div className="p-2">{value === undefined ? <p className="text-xs text-muted">{words.data.unknown}</p> : <JsonTree label={name} value={value} open={2} onPick={onPick} />}</div>
    </div>
  );
}
