/** One row of the outline. */
import { Ellipsis } from "lucide-react";
import type { MouseEvent, ReactElement } from "react";
import { outline as words } from "~/lib/strings/outline.ts";
import { trials } from "~/lib/strings/trials.ts";
import { IconButton } from "~/ui/button.tsx";
import { Chip } from "~/ui/chip.tsx";
import { cx } from "~/ui/cx.ts";
import type { Row } from "./rows.ts";

export const rowHeight = 32;

export interface ItemProps {
  readonly row: Row;
  readonly top: number;
  readonly focusable: boolean;
  readonly selected: boolean;
  readonly open: boolean | undefined;
  readonly onPress: (extend: boolean) => void;
  readonly onMenu: (event: MouseEvent) => void;
  readonly onToggle: () => void;
}

export function Item({ row, top, focusable, selected, open, onPress, onMenu, onToggle }: ItemProps): ReactElement {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree around it hears the keys
    <div
      role="treeitem"
      title={row.spoken}
      aria-level={row.item.level}
      aria-setsize={row.size}
      aria-posinset={row.place}
      aria-selected={selected}
      aria-expanded={open}
      tabIndex={focusable ? 0 : -1}
      className={cx("absolute right-0 left-0 flex items-center gap-2 rounded pr-2 text-sm", selected ? "bg-accent-soft" : "hover:bg-hover")}
      style={{ top, height: rowHeight, paddingLeft: 8 + (row.item.level - 1) * 18 }}
      onClick={(event) => onPress(event.shiftKey || event.ctrlKey || event.metaKey)}
      onContextMenu={row.item.kind === "step" ? onMenu : undefined}
    >
      <span aria-hidden className="w-4 shrink-0 text-center text-faint" onClick={(event) => (event.stopPropagation(), onToggle())}>
        {open === undefined ? "" : open ? "▾" : "▸"}
      </span>
      <span className="flex min-w-0 flex-1 items-center gap-2">
        {row.item.kind === "step" ? <span className="w-6 shrink-0 text-right text-xs text-muted tabular-nums">{row.item.number}.</span> : null}
        <span className={cx("truncate", row.item.kind === "step" ? "font-medium" : "text-muted")}>{row.title}</span>
        {row.about === "" ? null : <span className="min-w-0 flex-1 truncate text-xs text-muted">{row.about}</span>}
        {row.pinned ? <Chip tone="pinned">{trials.pin.mark}</Chip> : null}
        {row.problems === 0 ? null : <span className="shrink-0 rounded-full bg-danger-soft px-1.5 text-xs text-danger">{words.problems(row.problems)}</span>}
      </span>
      {row.item.kind === "step" ? (
        <IconButton
          icon={Ellipsis}
          label={trials.menu.of(row.title)}
          small
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onMenu(event);
          }}
        />
      ) : null}
    </div>
  );
}
