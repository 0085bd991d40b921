/** Templates: whole workflows with their pictures, to be run in simulation or taken as a beginning. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TemplateSummary } from "@tenuto/react/api";
import { LayoutTemplate } from "lucide-react";
import type { ReactElement } from "react";
import { useAddress } from "~/lib/address";
import { reading } from "~/lib/api";
import { templates as words } from "~/lib/strings/templates";
import { Select } from "~/ui/field";
import { PageFrame } from "~/ui/page-frame";
import { Read } from "~/ui/read";
import { SearchBox } from "~/ui/search-box";
import { EmptyState, NothingFound } from "~/ui/states";
import { Card } from "./card.tsx";
import { applicationsOf, matches } from "./find.ts";

export function Page(): ReactElement {
  const [address, change] = useAddress();
  const query = useQuery({ ...reading("GET /api/templates"), staleTime: Number.POSITIVE_INFINITY });
  const all = query.data?.templates ?? [];
  const [q, application] = [address["q"] ?? "", address["application"] ?? ""];
  const found = all.filter((each) => matches(each, q, application));
  const toolbar = (
    <>
      <SearchBox label={words.search} value={q} onChange={(text) => change({ q: text })} className="w-full sm:w-80" />
      <Select aria-label={words.application} className="w-full sm:w-56" value={application} onChange={(event) => change({ application: event.target.value || undefined })}>
        <option value="">{words.every}</option>
        {applicationsOf(all).map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </Select>
      {all.length > 0 ? (
        <p role="status" className="text-sm text-muted">
          {words.count(found.length, all.length)}
        </p>
      ) : null}
    </>
  );
  return (
    <PageFrame title={words.title} toolbar={toolbar}>
      <Read query={query} what="the templates" needs="workflow:read">
        {() => <Gallery all={all} found={found} filter={words.filter(q, applicationsOf(all).find(({ key }) => key === application)?.name ?? application)} onClear={() => change({ q: undefined, application: undefined })} />}
      </Read>
    </PageFrame>
  );
}

interface GalleryProps {
  all: readonly TemplateSummary[];
  found: readonly TemplateSummary[];
  filter: string;
  onClear: () => void;
}

function Gallery({ all, found, filter, onClear }: GalleryProps): ReactElement {
  if (all.length === 0) {
    return (
      <EmptyState icon={LayoutTemplate} title={words.empty} actions={<Link to="/workflows" className="text-accent underline">{words.toWorkflows}</Link>}>
        {words.emptyAbout}
      </EmptyState>
    );
  }
  if (found.length === 0) return <NothingFound filter={filter} onClear={onClear} />;
  return (
    <>
      <p className="mb-4 max-w-prose text-muted">{words.about}</p>
      <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        {found.map((template) => (
          <li key={template.id} className="min-w-0">
            <Card template={template} />
          </li>
        ))}
      </ul>
    </>
  );
}
