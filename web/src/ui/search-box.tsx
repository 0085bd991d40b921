/** A box to search with. */
import { Search, X } from "lucide-react";
import type { ReactElement, Ref } from "react";
import { IconButton } from "./button.tsx";
import { cx } from "./cx.ts";
import { inputClass } from "./field.tsx";

export interface SearchBoxProps {
  /** What is searched: "Search workflows". */
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
  /** The `/` key of a page focuses this. */
  ref?: Ref<HTMLInputElement>;
}

export function SearchBox({ label, value, onChange, className, ref }: SearchBoxProps): ReactElement {
  return (
    <div className={cx("relative", className)}>
      <Search size={16} aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint" />
      <input
        ref={ref}
        type="search"
        data-search
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={cx(inputClass, "pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      {value ? (
        // The button is the place of its own badge, and so cannot itself be placed.
        <span className="absolute inset-y-0 right-0.5 flex items-center">
          <IconButton icon={X} label="Clear the search" small onClick={() => onChange("")} />
        </span>
      ) : null}
    </div>
  );
}
