/** A short list of what can be done, behind a button. */
import type { LucideIcon } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement } from "react";
import { cx } from "./cx.ts";
import { KeyCaps } from "./key-caps.tsx";

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  keys?: string | undefined;
  danger?: boolean;
  /** Why it is not possible now; shown under its word. */
  unavailable?: string | null | undefined;
  onSelect: () => void;
}

export interface MenuProps {
  /** A button; its word or label says what the menu is of. */
  trigger: ReactElement;
  /** `null` draws a line. */
  items: readonly (MenuItem | null)[];
  align?: "start" | "end";
}

export function Menu({ trigger, items, align = "end" }: MenuProps): ReactElement {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <MenuItems items={items} align={align} />
    </Radix.Root>
  );
}

/** The list of a menu, within one of Radix's. */
export function MenuItems({ items, align }: Required<Pick<MenuProps, "items" | "align">>): ReactElement {
  return (
    <Radix.Portal>
      <Radix.Content
        align={align}
        sideOffset={4}
        collisionPadding={8}
        className="z-50 max-h-[var(--radix-dropdown-menu-content-available-height)] min-w-44 overflow-y-auto rounded-md border border-line bg-surface p-1 shadow-float"
      >
        {items.map((item, index) =>
          item === null ? <Radix.Separator key={`line after ${items[index - 1]?.label ?? "the top"}`} className="my-1 h-px bg-line" /> : <Item key={item.label} item={item} />,
        )}
      </Radix.Content>
    </Radix.Portal>
  );
}

function Item({ item }: { item: MenuItem }): ReactElement {
  const Icon = item.icon;
  return (
    <Radix.Item
      disabled={Boolean(item.unavailable)}
      onSelect={item.onSelect}
      className={cx(
        "flex min-h-8 items-center gap-2 rounded px-2 py-1 text-sm outline-none data-[highlighted]:bg-hover data-[disabled]:text-faint pointer-coarse:min-h-11",
        item.danger && "text-danger",
      )}
    >
      {Icon ? <Icon size={16} aria-hidden className="shrink-0" /> : null}
      <span className="min-w-0 flex-1">
        {item.label}
        {item.unavailable ? <span className="block text-xs">{item.unavailable}</span> : null}
      </span>
      {item.keys ? <KeyCaps keys={item.keys} /> : null}
    </Radix.Item>
  );
}
