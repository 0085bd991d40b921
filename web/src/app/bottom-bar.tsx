/** The places on a small screen. */
import { Link, useNavigate } from "@tanstack/react-router";
import { Menu as MenuIcon, Search } from "lucide-react";
import type { ReactElement } from "react";
import { shell } from "~/lib/strings/shell";
import { Menu } from "~/ui/menu";
import { useAccountItems } from "./account-menu.tsx";
import { places } from "./places.ts";

const item = "flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-muted aria-[current=page]:text-accent aria-[current=page]:font-medium";

export function BottomBar({ onMenu }: { onMenu: () => void }): ReactElement {
  const navigate = useNavigate();
  const account = useAccountItems();
  const rest = places.filter((place) => !place.small);
  return (
    <nav aria-label={shell.places} className="flex border-t border-line bg-surface">
      {places
        .filter((place) => place.small)
        .map(({ id, path, title, icon: Icon }) => (
          <Link key={id} to={path} activeOptions={{ exact: path === "/", includeSearch: false }} className={item}>
            <Icon size={20} aria-hidden />
            {title}
          </Link>
        ))}
      <Menu
        trigger={
          <button type="button" className={item}>
            <MenuIcon size={20} aria-hidden />
            {shell.more}
          </button>
        }
        items={[
          { label: shell.menu, icon: Search, onSelect: onMenu },
          ...rest.map(({ path, title, icon }) => ({ label: title, icon, onSelect: () => void navigate({ to: path }) })),
          null,
          ...account.filter((each) => each?.label !== "Settings"),
        ]}
      />
    </nav>
  );
}
