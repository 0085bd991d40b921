/** A menu at a point of the page, as a right click opens it. */
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement } from "react";
import { type MenuItem, MenuItems } from "./menu.tsx";

export interface MenuPlace {
  readonly x: number;
  readonly y: number;
}

export function MenuAt({ at, items, onClose }: { at: MenuPlace; items: readonly (MenuItem | null)[]; onClose: () => void }): ReactElement {
  return (
    <Radix.Root open modal={false} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Radix.Trigger asChild>
        <span aria-hidden tabIndex={-1} className="fixed size-0" style={{ left: at.x, top: at.y }} />
      </Radix.Trigger>
      <MenuItems items={items} align="start" />
    </Radix.Root>
  );
}
