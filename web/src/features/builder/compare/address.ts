/** Which states are compared, and what of it is looked at: it stands in the address, so that it can be sent to somebody. */
import { useCallback, useMemo } from "react";
import { useAddress } from "~/lib/address";

export interface Asked {
  /** null: one state alone, to look at. */
  readonly from: string | null;
  readonly to: string;
  readonly change: string | null;
  readonly view: "canvas" | "text";
}

export type Ask = (part: Partial<Asked> | null) => void;

/** null where the address asks for no comparison; so does `ask(null)`. States are named as in the API: `draft`, `published`, `3`, `p12`. */
export function useAsked(): [Asked | null, Ask] {
  const [address, change] = useAddress();
  const { from, to, change: chosen, as } = address;
  const asked = useMemo((): Asked | null => (from === undefined && to === undefined ? null : { from: from ?? null, to: to ?? "draft", change: chosen ?? null, view: as === "yaml" ? "text" : "canvas" }), [from, to, chosen, as]);
  const ask = useCallback(
    (part: Partial<Asked> | null): void => {
      if (part === null) return change({ from: undefined, to: undefined, change: undefined, as: undefined }, { push: true });
      const fresh = part.from !== undefined || part.to !== undefined;
      change(
        {
          ...(part.from === undefined ? {} : { from: part.from ?? undefined }),
          ...(part.to === undefined ? {} : { to: part.to }),
          ...(part.view === undefined ? {} : { as: part.view === "text" ? "yaml" : undefined }),
          ...(part.change === undefined ? (fresh ? { change: undefined } : {}) : { change: part.change ?? undefined }),
        },
        { push: fresh },
      );
    },
    [change],
  );
  return [asked, ask];
}
