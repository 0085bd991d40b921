/** The places of the app along the left edge, and what concerns the person who sits before it. */
import { Link, useMatchRoute } from "@tanstack/react-router";
import { Keyboard, PanelLeftClose, PanelLeftOpen, Search } from "lucide-react";
import type { ReactElement } from "react";
import { shownKeys } from "~/lib/commands";
import { stored, useStored } from "~/lib/stored";
import { shell } from "~/lib/strings/shell";
import { IconButton } from "~/ui/button";
import { cx } from "~/ui/cx";
import { Tooltip } from "~/ui/tooltip";
import { AccountMenu } from "./account-menu.tsx";
import { Mark } from "./mark.tsx";
import { type Place, places } from "./places.ts";
import { usePendingApprovals } from "./use-pending-approvals.ts";

const open = stored("rail", true, (found): found is boolean => typeof found === "boolean");

export interface RailProps {
  onMenu: () => void;
  onKeys: () => void;
}

/** Wide with names, or narrow with icons; narrow wherever a graph needs the room. */
export function Rail({ onMenu, onKeys }: RailProps): ReactElement {
  const [chosen, setOpen] = useStored(open);
  const match = useMatchRoute();
  const graph = Boolean(match({ to: "/workflows/$id" })) || Boolean(match({ to: "/runs/$id" }));
  const wide = chosen && !graph;
  const pending = usePendingApprovals();
  return (
    <nav
      aria-label={shell.places}
      data-region
      className={cx("row-span-3 flex flex-col gap-1 border-r border-line bg-surface p-2", wide ? "w-12.5 xl:w-52" : "w-12.5")}
    >
      <Link to="/" aria-label={shell.product} className="mb-2 flex h-8 items-center gap-2 rounded px-1 text-lg font-semibold">
        <Mark />
        <span className={cx("hidden", wide && "xl:inline")}>{shell.product}</span>
      </Link>
      {places.map((place) => (
        <Item key={place.id} place={place} wide={wide} count={place.id === "approvals" ? pending : 0} />
      ))}
      <div className="flex-1" />
      <div className={cx("flex flex-col gap-1", wide && "xl:flex-row")}>
        <IconButton icon={Search} label={shell.menu} keys={shownKeys("menu.open")} onClick={onMenu} />
        <IconButton icon={Keyboard} label={shell.keys} keys={shownKeys("keys.show")} onClick={onKeys} />
        {graph ? null : (
          <span className="hidden xl:block">
            <IconButton icon={wide ? PanelLeftClose : PanelLeftOpen} label={wide ? shell.narrow : shell.widen} onClick={() => setOpen(!chosen)} />
          </span>
        )}
      </div>
      <AccountMenu wide={wide} />
    </nav>
  );
}

function Item({ place, wide, count }: { place: Place; wide: boolean; count: number }): ReactElement {
  const Icon = place.icon;
  const link = (
    <Link
      to={place.path}
      activeOptions={{ exact: place.path === "/", includeSearch: false }}
      className="relative flex h-8 items-center gap-2.5 rounded px-2 text-sm text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
    >
      <Icon size={18} aria-hidden className="shrink-0" />
      <span className={cx("sr-only", wide && "xl:not-sr-only")}>{place.title}</span>
      {count ? <span className={cx("absolute top-0 right-0 rounded-full bg-state-person px-1 text-xs font-medium text-surface", wide && "xl:static xl:ml-auto")}>{count > 99 ? "99+" : count}<span className="sr-only"> {shell.waiting}</span></span> : null}
    </Link>
  );
  return (
    <Tooltip text={place.title} keys={shownKeys(place.command)} side="right">
      {link}
    </Tooltip>
  );
}
