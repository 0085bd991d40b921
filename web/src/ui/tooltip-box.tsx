/** The box of the tooltip that is shown. */
import { Tooltip as Radix } from "radix-ui";
import { type ReactElement, useEffect, useId } from "react";
import { cx } from "./cx.ts";
import { type ShownHint, hideHint, keepHint, leaveHint } from "./hint.ts";
import { KeyCaps } from "./key-caps.tsx";

/** Radix places it at its own trigger: an empty one that lies where the element is. */
export function TooltipBox({ hint }: { hint: ShownHint }): ReactElement {
  const { beside, text, keys, side, silent = false } = hint;
  const id = useId();
  useDescribed(silent ? null : beside, id);
  useGone(beside);
  const { left, top, width, height } = beside.getBoundingClientRect();
  return (
    <Radix.Provider>
      <Radix.Root key={`${left} ${top}`} open onOpenChange={(open) => (open ? undefined : hideHint())}>
        <Radix.Trigger asChild>
          <span aria-hidden className="pointer-events-none fixed" style={{ left, top, width, height }} />
        </Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            id={id}
            data-hint
            {...(side ? { side } : {})}
            sideOffset={6}
            collisionPadding={8}
            onPointerEnter={keepHint}
            onPointerLeave={leaveHint}
            className={cx("z-50 flex items-center gap-2 rounded border border-line bg-surface px-2 py-1 text-xs text-ink shadow-float", silent ? "max-h-[50vh] max-w-[min(32rem,calc(100vw-1rem))] overflow-y-auto wrap-anywhere whitespace-pre-line" : "max-w-80")}
          >
            {text}
            {keys ? <KeyCaps keys={keys} /> : null}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  );
}

/** The element says that this describes it, for as long as it is there. */
function useDescribed(beside: Element | null, id: string): void {
  useEffect(() => {
    if (beside === null) return undefined;
    const before = beside.getAttribute("aria-describedby");
    beside.setAttribute("aria-describedby", before ? `${before} ${id}` : id);
    return () => (before ? beside.setAttribute("aria-describedby", before) : beside.removeAttribute("aria-describedby"));
  }, [beside, id]);
}

/** It goes when its element moves away under it or is no longer there. */
function useGone(beside: Element): void {
  useEffect(() => {
    const scrolled = (event: Event): void => (event.target instanceof Node && event.target.contains(beside) ? hideHint() : undefined);
    const watch = new MutationObserver(() => (beside.isConnected ? undefined : hideHint()));
    watch.observe(document.body, { childList: true, subtree: true });
    window.addEventListener("scroll", scrolled, { capture: true });
    return () => {
      watch.disconnect();
      window.removeEventListener("scroll", scrolled, { capture: true });
    };
  }, [beside]);
}
