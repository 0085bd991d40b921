/** Buttons: with a word, or with an icon whose word is read out and shown as a tooltip. */
import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Spinner } from "./spinner.tsx";
import { Tooltip } from "./tooltip.tsx";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";

const variants: Record<ButtonVariant, string> = {
  primary: "bg-accent text-on-accent border-accent enabled:hover:bg-accent-hover enabled:hover:border-accent-hover",
  secondary: "bg-surface text-ink border-edge enabled:hover:bg-hover",
  quiet: "bg-transparent text-ink border-transparent enabled:hover:bg-hover",
  danger: "bg-danger text-on-danger border-danger enabled:hover:opacity-90",
};

/** In the place of the variant, as of two colours of one kind the style sheet decides and not the order of the names. */
const on = "bg-accent-soft text-accent border-accent-soft";

const shape =
  "inline-flex items-center justify-center gap-2 rounded border font-medium whitespace-nowrap select-none " +
  "disabled:cursor-not-allowed disabled:opacity-55 pointer-coarse:min-h-11";

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: ButtonVariant;
  small?: boolean;
  icon?: LucideIcon;
  /** Whether what it switches or shows is on; undefined for a button that only acts. */
  pressed?: boolean | undefined;
  /** Something it started is under way: it cannot be pressed again, and says so. */
  busy?: boolean;
  /** Why it cannot be pressed; it then stays reachable and says why. */
  unavailable?: string | null | undefined;
}

/** A button with a word. Where an action has a reason not to be possible, say it with `unavailable` rather than `disabled`. */
export function Button({ variant = "secondary", small, icon: Icon, pressed, busy, unavailable, children, className, ...rest }: ButtonProps): ReactElement {
  const blocked = Boolean(unavailable) || busy;
  const button = (
    <button
      type="button"
      {...rest}
      {...(blocked ? { "aria-disabled": true, onClick: (event) => event.preventDefault() } : {})}
      aria-busy={busy || undefined}
      aria-pressed={pressed}
      className={cx(shape, pressed ? on : variants[variant], small ? "h-7 px-2.5 text-xs" : "h-8 px-3 text-sm", blocked && "opacity-55", className)}
    >
      {busy ? <Spinner /> : Icon ? <Icon size={small ? 14 : 16} aria-hidden /> : null}
      {children}
    </button>
  );
  return unavailable ? <Tooltip text={unavailable}>{button}</Tooltip> : button;
}

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: LucideIcon;
  /** What it does: its name for everybody, and its tooltip. */
  label: string;
  /** Its key, shown in the tooltip: "Shift+L". */
  keys?: string | undefined;
  variant?: ButtonVariant;
  small?: boolean;
  /** Whether what it switches is on. */
  pressed?: boolean;
  /** A count or a mark in its corner. */
  badge?: ReactNode;
}

/** A button that shows an icon only. */
export function IconButton({ icon: Icon, label, keys, variant = "quiet", small, pressed, badge, className, ...rest }: IconButtonProps): ReactElement {
  return (
    <Tooltip text={label} keys={keys}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        aria-pressed={pressed}
        className={cx(shape, "relative", pressed ? on : variants[variant], small ? "size-7" : "size-8", "pointer-coarse:min-w-11", className)}
      >
        <Icon size={small ? 14 : 18} aria-hidden />
        {badge}
      </button>
    </Tooltip>
  );
}
