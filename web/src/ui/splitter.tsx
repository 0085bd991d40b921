/** Two panes with a border that is moved by mouse, finger or arrow keys; its place is kept for this person. */
import { type KeyboardEvent, type PointerEvent, type ReactElement, type ReactNode, useRef, useState } from "react";
import { cx } from "./cx.ts";

export interface SplitterProps {
  /** Under which its size is kept in local storage. */
  name: string;
  /** What it parts: "Width of the inspector". */
  label: string;
  /** Which pane has the size that is set; the other one takes the rest. */
  sized: "first" | "second";
  /** Pixels. */
  initial: number;
  min?: number;
  max?: number;
  direction?: "row" | "column";
  first: ReactNode;
  /** `null` where it is folded away: the first pane stays where it is, and keeps what it holds. */
  second: ReactNode | null;
  /** In the place of the second pane while that is folded away. */
  folded?: ReactNode;
  className?: string;
}

export function Splitter(props: SplitterProps): ReactElement {
  const { name, label, sized, initial, min = 160, max = 900, direction = "row", first, second, folded, className } = props;
  const [size, setSize] = useState(() => clamp(stored(name) ?? initial, min, max));
  const frame = useRef<HTMLDivElement>(null);
  const across = direction === "row";
  const change = (next: number): void => {
    const whole = frame.current?.[across ? "clientWidth" : "clientHeight"] ?? max;
    const kept = clamp(Math.round(next), min, Math.min(max, whole - 100));
    setSize(kept);
    keep(name, kept);
  };
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    const box = frame.current?.getBoundingClientRect();
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const [at, start, end] = across ? [event.clientX, box.left, box.right] : [event.clientY, box.top, box.bottom];
    change(sized === "first" ? at - start : end - at);
  };
  const press = (event: KeyboardEvent): void => {
    const towards = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const next = towards ? size + towards * 16 * (sized === "first" ? 1 : -1) : { Home: min, End: max }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    change(next);
  };
  const basis = { flexBasis: size, flexGrow: 0, flexShrink: 0 };
  const rest = { flex: "1 1 0" };
  return (
    <div ref={frame} className={cx("flex min-h-0 min-w-0", across ? "flex-row" : "flex-col", className)}>
      <div className="flex min-h-0 min-w-0 flex-col overflow-hidden" style={sized === "first" && second !== null ? basis : rest}>
        {first}
      </div>
      {second === null ? (
        folded
      ) : (
        <>
          {/* The pattern "window splitter" of the ARIA practices: a separator that takes focus. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions */}
          <div
            role="separator"
            tabIndex={0}
            aria-label={label}
            aria-orientation={across ? "vertical" : "horizontal"}
            aria-valuenow={size}
            aria-valuemin={min}
            aria-valuemax={max}
            onKeyDown={press}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onDoubleClick={() => change(initial)}
            className={cx("relative shrink-0 touch-none bg-line hover:bg-accent", across ? "w-px cursor-col-resize before:absolute before:inset-y-0 before:-inset-x-1" : "h-px cursor-row-resize before:absolute before:inset-x-0 before:-inset-y-1")}
          />
          <div className="flex min-h-0 min-w-0 flex-col overflow-hidden" style={sized === "second" ? basis : rest}>
            {second}
          </div>
        </>
      )}
    </div>
  );
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), Math.max(min, max));
}

function stored(name: string): number | null {
  try {
    const value = Number(localStorage.getItem(`tenuto.split.${name}`) ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

function keep(name: string, size: number): void {
  try {
    localStorage.setItem(`tenuto.split.${name}`, String(size));
  } catch {
    // Storage may be refused; the size is then forgotten with the page.
  }
}
