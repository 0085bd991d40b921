/** The name of the workflow, which is changed where it stands. */
import type { ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { type Dispatch, setRoot } from "../model/index.ts";

export function Heading({ name, dispatch }: { name: string; dispatch: Dispatch }): ReactElement {
  return (
    <input
      aria-label={say.page.name}
      value={name}
      maxLength={200}
      onChange={(event) => dispatch({ type: "edit", edit: setRoot(["name"], event.target.value) })}
      onBlur={() => dispatch({ type: "rest" })}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
      className="-ml-[9px] h-8 field-sizing-content min-w-40 max-w-[70vw] sm:max-w-[40vw] truncate rounded border border-transparent bg-transparent px-2 text-lg font-semibold hover:border-line focus:border-accent focus:outline-none"
    />
  );
}
