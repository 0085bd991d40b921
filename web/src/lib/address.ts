/** What stands behind the `?` of the page's address: filters, tabs, what is selected. All of it is text. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type Address = Readonly<Record<string, string | undefined>>;

/** The parts, and how some of them are changed: `undefined` and `""` take one away. Filters replace the entry in the history unless told. */
export function useAddress(): [Address, (changes: Address, options?: { push?: boolean }) => void] {
  const address: Address = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (changes: Address, { push = false }: { push?: boolean } = {}): void => {
      void navigate({ to: ".", replace: !push, search: (old: Address) => kept({ ...old, ...changes }) });
    },
    [navigate],
  );
  return [address, change];
}

/** Text behind a `?` as parts; every part is text, so that an id of digits stays one. */
export function parseAddress(search: string): Address {
  return Object.fromEntries(new URLSearchParams(search));
}

export function writeAddress(address: Record<string, unknown>): string {
  const pairs = Object.entries(address).filter((pair): pair is [string, string] => typeof pair[1] === "string" && pair[1] !== "");
  const text = new URLSearchParams(pairs).toString();
  return text ? `?${text}` : "";
}

function kept(address: Address): Address {
  return Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined && value !== ""));
}
