/** A table whose rows are walked with J and K (or the arrow keys) and opened with Enter. */
import { type KeyboardEvent, type ReactElement, type ReactNode, useRef } from "react";
import { cx } from "./cx.ts";

export interface Column<Row> {
  id: string;
  title: ReactNode;
  /** The title is for those who do not see it. */
  hideTitle?: boolean;
  cell: (row: Row) => ReactNode;
  align?: "start" | "end";
  /** Classes of its cells, for widths and for hiding it on small screens. */
  className?: string;
}

export interface TableProps<Row> {
  /** What is listed: "Runs". */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  /** Makes rows something to press. Let one cell hold a real link, too, so that it opens in a new tab. */
  onOpen?: ((row: Row) => void) | undefined;
  selected?: string | null;
  /** More keys on a row: `X` selects. Answers whether it was used. */
  onKey?: ((event: KeyboardEvent, row: Row) => boolean) | undefined;
  className?: string;
}

export function Table<Row>({ label, rows, columns, keyOf, onOpen, selected, onKey, className }: TableProps<Row>): ReactElement {
  const body = useRef<HTMLTableSectionElement>(null);
  const move = (from: number, by: number): void => {
    const next = body.current?.rows[Math.min(Math.max(from + by, 0), rows.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const press = (event: KeyboardEvent<HTMLTableRowElement>, row: Row, index: number): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, Home: -rows.length, End: rows.length }[event.key];
    if (by !== undefined) move(index, by);
    else if (event.key === "Enter" && event.target === event.currentTarget && onOpen) onOpen(row);
    else if (!onKey?.(event, row)) return;
    event.preventDefault();
  };
  return (
    <table aria-label={label} className={cx("w-full border-collapse bg-surface text-left text-sm", className)}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.id} scope="col" className={cx("sticky top-0 z-10 border-b border-line bg-surface px-3 py-2 first:pl-4 last:pr-4 text-xs font-medium text-muted", column.align === "end" && "text-right", column.className)}>
              {column.hideTitle ? <span className="sr-only">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row, index) => {
          const key = keyOf(row);
          return (
            <tr
              key={key}
              tabIndex={(selected ?? (rows[0] && keyOf(rows[0]))) === key ? 0 : -1}
              aria-selected={selected === undefined ? undefined : selected === key}
              data-row={key}
              onKeyDown={(event) => press(event, row, index)}
              onClick={onOpen ? (event) => (inControl(event.target) ? undefined : onOpen(row)) : undefined}
              className={cx("border-b border-line last:border-b-0 -outline-offset-2 hover:bg-hover", onOpen && "cursor-pointer", selected === key && "bg-accent-soft")}
            >
              {columns.map((column) => (
                <td key={column.id} className={cx("px-3 py-2 align-middle first:pl-4 last:pr-4", column.align === "end" && "text-right", column.className)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function inField(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable=true]");
}

function inControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a, button, input, select, textarea, label, [role=menuitem]") !== null;
}
