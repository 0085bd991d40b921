/** One of several panels. */
import { Tabs as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";

export interface Tab<Id extends string = string> {
  id: Id;
  label: ReactNode;
  /** A count behind the word. */
  count?: number | undefined;
  content: ReactNode;
}

export interface TabsProps<Id extends string> {
  /** What the row of tabs is about, for those who do not see it. */
  label: string;
  tabs: readonly Tab<Id>[];
  value: Id;
  onChange: (id: Id) => void;
  className?: string;
  panelClassName?: string;
}

/** Controlled, so that the page's address can hold which tab is open. */
export function Tabs<Id extends string>({ label, tabs, value, onChange, className, panelClassName }: TabsProps<Id>): ReactElement {
  return (
    <Radix.Root value={value} onValueChange={(id) => onChange(id as Id)} className={cx("flex min-h-0 flex-col", className)}>
      <Radix.List aria-label={label} className="flex shrink-0 gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px flex h-9 items-center gap-1.5 border-b-2 -outline-offset-2 border-transparent px-2 text-sm font-medium text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink pointer-coarse:h-11"
          >
            {tab.label}
            {tab.count === undefined ? null : <span className="rounded-full bg-sunken px-1.5 text-xs text-muted">{tab.count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className={cx("min-h-0 flex-1", panelClassName)}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
