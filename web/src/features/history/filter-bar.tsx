/** Which runs are shown: text, status, workflow, what started them, when. */
import { useQuery } from "@tanstack/react-query";
import type { JsonValue, WorkflowsAnswer } from "@tenuto/react/api";
import { type ReactElement, useEffect, useState } from "react";
import { useAddress } from "~/lib/address";
import { reading } from "~/lib/api";
import { history as words } from "~/lib/strings/history";
import { Button } from "~/ui/button";
import { Select } from "~/ui/field";
import { SearchBox } from "~/ui/search-box";
import { isFiltered, none } from "./filters.ts";

const rest = 250;

export function FilterBar(): ReactElement {
  const [address, change] = useAddress();
  const [text, setText] = useState(address["q"] ?? "");
  const [known, setKnown] = useState(address["q"]);
  // Another address than the one this field made: somebody went back, or cleared the filters.
  if (known !== address["q"]) {
    setKnown(address["q"]);
    setText(address["q"] ?? "");
  }
  useEffect(() => {
    if (text === (address["q"] ?? "")) return undefined;
    const timer = setTimeout(() => change({ q: text }), rest);
    return () => clearTimeout(timer);
  }, [text, address, change]);
  const workflows = useQuery({ ...reading<"GET /api/workflows", WorkflowsAnswer>("GET /api/workflows"), staleTime: 60_000 });
  const names = (workflows.data?.workflows ?? []).map((each) => ({ id: asText(each["id"]), name: asText(each["name"]) || asText(each["id"]) }));
  const choice = (name: string, label: string, options: readonly (readonly [string, string])[]): ReactElement => (
    <Select aria-label={label} value={address[name] ?? ""} onChange={(event) => change({ [name]: event.target.value })} className="!w-auto max-w-44">
      {options.map(([value, shown]) => (
        <option key={value} value={value}>
          {value === "" ? `${label}: ${shown}` : shown}
        </option>
      ))}
    </Select>
  );
  const any = words.filters.any;
  return (
    <>
      <SearchBox label={words.search} value={text} onChange={setText} className="w-full sm:w-72" />
      {choice("status", words.filters.status, [["", any], ...Object.entries(words.statuses)])}
      {choice("workflow", words.filters.workflow, [["", any], ...names.map(({ id, name }) => [id, name] as const)])}
      {choice("trigger", words.filters.trigger, [["", any], ...Object.entries(words.triggers)])}
      {choice("time", words.filters.time, Object.entries(words.times).map(([value, shown]) => [value, value === "" ? any : shown] as const))}
      {choice("kind", words.filters.kind, [["", any], ...Object.entries(words.kinds)])}
      {isFiltered(address) ? (
        <Button small variant="quiet" onClick={() => change(none)}>
          {words.clear}
        </Button>
      ) : null}
    </>
  );
}

function asText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
