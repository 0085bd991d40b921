/** A word beside what shows none. */
import { Tooltip as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { KeyCaps } from "./key-caps.tsx";

export interface TooltipProps {
  text: ReactNode;
  keys?: string | undefined;
  side?: "top" | "right" | "bottom" | "left" | undefined;
  /** One element that takes a ref and handlers; the tooltip describes it, it does not name it. */
  children: ReactElement;
}

/** Shown on hover and focus. The app's providers hold Radix's. */
export function Tooltip({ text, keys, side, children }: TooltipProps): ReactElement {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          {...(side ? { side } : {})}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex max-w-80 items-center gap-2 rounded border border-line bg-surface px-2 py-1 text-xs text-ink shadow-float"
        >
          {text}
          {keys ? <KeyCaps keys={keys} /> : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Once, around the app. */
export function TooltipProvider({ children }: { children: ReactNode }): ReactElement {
  return (
    <Radix.Provider delayDuration={400} skipDelayDuration={200}>
      {children}
    </Radix.Provider>
  );
}
