/** The values that steps had: pinned, of a test, of a run. Those that are made of schemas are left out: the page makes its own at once. */
import { useQuery } from "@tanstack/react-query";
import type { SampleView } from "@tenuto/react/api";
import { useMemo } from "react";
import { reading } from "~/lib/api";
import type { Source } from "../expression/completion.ts";
import type { Json } from "../model/index.ts";
import type { Sample, Samples } from "./surroundings.ts";

const sources: Readonly<Record<SampleView["source"], Source>> = { pinned: "pinned", test: "last test", run: "last run", example: "example" };

export function useSamples(workflowId: string): Samples {
  const query = useQuery({ ...reading("GET /api/workflows/{id}/samples", { path: { id: workflowId } }), staleTime: 30_000, retry: false });
  return useMemo(() => samplesOf(query.data), [query.data]);
}

function samplesOf(answer: { readonly samples: readonly SampleView[]; readonly input: SampleView } | undefined): Samples {
  const found = new Map<string, Sample>();
  for (const each of answer?.samples ?? []) if (each.source !== "example") found.set(each.node, sampleOf(each));
  if (answer !== undefined && answer.input.source !== "example") found.set("input", sampleOf(answer.input));
  return found;
}

function sampleOf(view: SampleView): Sample {
  return { value: view.value as Json, source: sources[view.source] };
}
