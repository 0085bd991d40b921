/** A question or a form over the page. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactElement, type ReactNode, useRef } from "react";
import { IconButton } from "./button.tsx";
import { cx } from "./cx.ts";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  /** One or two sentences under the title. */
  about?: ReactNode;
  /** Buttons, the main one last. */
  actions?: ReactNode;
  /** `side` is a sheet along the right edge, `full` covers small screens. */
  shape?: "small" | "medium" | "large" | "side";
  children?: ReactNode;
}

const shapes = {
  small: "w-[min(28rem,calc(100vw-2rem))]",
  medium: "w-[min(40rem,calc(100vw-2rem))]",
  large: "w-[min(64rem,calc(100vw-2rem))]",
  side: "ml-auto h-full max-h-none w-[min(30rem,100vw)] rounded-none",
};

/** Modal: focus stays inside and returns to where it came from. The backdrop is ours; Radix's would need styles that the policy refuses. */
export function Dialog({ open, onClose, title, about, actions, shape = "medium", children }: DialogProps): ReactElement {
  const origin = useRef<HTMLElement | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const begin = (event: Event): void => {
    origin.current = originOf(document.activeElement);
    // What is still loading has nothing to begin with; the button that closes is no good beginning.
    if (body.current?.querySelector(focusable) || actions) return;
    event.preventDefault();
    (event.currentTarget as HTMLElement | null)?.focus();
  };
  const end = (event: Event): void => {
    event.preventDefault();
    const place = origin.current?.isConnected ? origin.current : document.querySelector("main");
    place?.focus();
  };
  return (
    <Radix.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Radix.Portal>
        <div className={cx("fixed inset-0 z-40 flex bg-backdrop", shape === "side" ? "items-stretch" : "items-center justify-center p-4")}>
          <Radix.Content
            onOpenAutoFocus={begin}
            onCloseAutoFocus={end}
            {...(about ? {} : { "aria-describedby": undefined })}
            className={cx("relative flex outline-none max-h-[calc(100dvh-2rem)] flex-col rounded-lg border border-line bg-surface shadow-float", shapes[shape])}
          >
            <header className="py-4 pr-14 pb-2 pl-5">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {about ? <Radix.Description className="mt-1 text-sm text-muted">{about}</Radix.Description> : null}
            </header>
            <div ref={body} className="min-h-0 flex-1 overflow-y-auto px-5 pt-2 pb-4">{children}</div>
            {actions ? <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{actions}</footer> : <div className="h-3" />}
            {/* Last, so that focus begins at what the dialog is for. */}
            <span className="absolute top-3.5 right-4">
              <IconButton icon={X} label="Close" small onClick={onClose} />
            </span>
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}

const focusable = "input:not([type=hidden]), select, textarea, button:not([disabled]), a[href], [tabindex='0']";

/** Where focus goes back to: an entry of a menu goes away with it, and what opened the menu stays. */
function originOf(element: Element | null): HTMLElement | null {
  const menu = element?.closest("[role=menu]");
  const opener = document.getElementById(menu?.getAttribute("aria-labelledby") ?? "");
  return opener ?? (element instanceof HTMLElement ? element : null);
}
