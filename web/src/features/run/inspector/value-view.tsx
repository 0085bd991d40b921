/** A value that went into a step or came out: as a tree, a table, text, or as it is; large ones on demand. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type ReactElement, useState } from "react";
import { bytes } from "~/lib/format";
import { value as words } from "~/lib/strings/ui";
import { client } from "~/lib/api";
import { Button } from "~/ui/button";
import { ErrorState } from "~/ui/states";
import { ValueShown } from "~/ui/value-shown";
import { type Large, largeOf, mostShown } from "./blob.ts";

export interface ValueViewProps {
  value: unknown;
  /** "Output of Classify". */
  label: string;
}

export function ValueView({ value, label }: ValueViewProps): ReactElement {
  const large = largeOf(value);
  return large ? <LargeView large={large} label={label} /> : <ValueShown value={value} label={label} />;
}

function LargeView({ large, label }: { large: Large; label: string }): ReactElement {
  const [wanted, setWanted] = useState(false);
  const small = large.size <= mostShown;
  const loaded = useQuery({
    queryKey: ["blob", large.digest],
    enabled: wanted && small && large.url !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const response = await client.transport.open(large.url ?? "", { signal });
      const text = await response.text();
      return { value: large.media_type === "application/json" ? (JSON.parse(text) as unknown) : text };
    },
  });
  if (loaded.data) return <ValueShown value={loaded.data.value} label={label} />;
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>{words.large(bytes(large.size))}</p>
      {large.preview ? (
        <figure>
          <figcaption className="mb-1 text-xs text-muted">{words.preview}</figcaption>
          <pre className="overflow-hidden rounded bg-sunken p-3 font-mono text-mono break-words whitespace-pre-wrap">{large.preview} …</pre>
        </figure>
      ) : null}
      {loaded.error ? <ErrorState message={loaded.error.message} onRetry={() => void loaded.refetch()} /> : null}
      <div className="flex flex-wrap gap-2">
        {small ? (
          <Button small busy={loaded.isFetching} onClick={() => setWanted(true)}>
            {loaded.isFetching ? words.loading : words.load(bytes(large.size))}
          </Button>
        ) : (
          <p className="basis-full text-muted">{words.tooLarge}</p>
        )}
        {large.url ? (
          <a href={large.url} download className="inline-flex h-7 items-center gap-2 rounded border border-edge bg-surface px-2.5 text-xs font-medium hover:bg-hover pointer-coarse:h-11">
            <Download size={14} aria-hidden />
            {words.download}
          </a>
        ) : null}
      </div>
    </div>
  );
}
