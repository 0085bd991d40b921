/** What is typed or chosen, with its label, its help and what is wrong with it. */
import { TriangleAlert } from "lucide-react";
import { type ComponentProps, type ReactElement, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";

/** The look of everything that is typed into. */
export const inputClass =
  "w-full min-w-0 rounded border border-edge bg-surface px-2.5 text-sm text-ink h-8 " +
  "aria-invalid:border-danger disabled:bg-sunken disabled:text-faint pointer-coarse:h-11";

/** Not for lists: to the browser each of them is read-only. */
export const writable = "read-only:bg-sunken";

/** A chosen file: the browser's own button, looking like ours. */
export const fileClass = "w-full text-sm text-muted file:mr-3 file:h-8 file:cursor-pointer file:rounded file:border file:border-solid file:border-edge file:bg-surface file:px-3 file:text-sm file:text-ink hover:file:bg-hover pointer-coarse:file:h-11";

/** What a field gives to its control. */
export interface Control {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
  "aria-required"?: true;
}

export interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  /** One sentence: what is wrong and what to do. */
  error?: ReactNode;
  required?: boolean;
  /** Beside the label, at its right end. */
  aside?: ReactNode;
  hideLabel?: boolean;
  className?: string;
  children: (control: Control) => ReactNode;
}

/** Label, control, help and error, tied together for everybody: `<Field label="Name">{(control) => <Input {...control} />}</Field>`. */
export function Field({ label, help, error, required, aside, hideLabel, className, children }: FieldProps): ReactElement {
  const id = useId();
  const described = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const control: Control = {
    id,
    ...(described ? { "aria-describedby": described } : {}),
    ...(error ? { "aria-invalid": true } : {}),
    ...(required ? { "aria-required": true } : {}),
  };
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <div className={cx("flex items-baseline justify-between gap-2", hideLabel && "sr-only")}>
        <label htmlFor={id} className="text-sm font-medium">
          {label}
          {required ? <span className="text-muted font-normal"> (required)</span> : null}
        </label>
        {aside}
      </div>
      {children(control)}
      {help ? (
        <p id={`${id}-help`} className="text-xs text-muted">
          {help}
        </p>
      ) : null}
      {error ? (
        <p id={`${id}-error`} className="flex items-start gap-1 text-xs text-danger">
          <TriangleAlert size={14} aria-hidden className="mt-px shrink-0" />
          <span>{error}</span>
        </p>
      ) : null}
    </div>
  );
}

export function Input({ className, ...rest }: ComponentProps<"input">): ReactElement {
  return <input type="text" autoComplete="off" {...rest} className={cx(inputClass, writable, className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">): ReactElement {
  return <textarea rows={4} {...rest} className={cx(inputClass, writable, "h-auto py-1.5 resize-y", className)} />;
}

/** The browser's own list, which works everywhere and under any policy. */
export function Select({ className, children, ...rest }: ComponentProps<"select">): ReactElement {
  return (
    <select {...rest} className={cx(inputClass, "pr-7", className)}>
      {children}
    </select>
  );
}

export interface CheckboxProps extends Omit<ComponentProps<"input">, "type"> {
  label: ReactNode;
}

export function Checkbox({ label, className, ...rest }: CheckboxProps): ReactElement {
  return (
    <label className={cx("inline-flex items-center gap-2 text-sm pointer-coarse:min-h-11", className)}>
      <input type="checkbox" {...rest} className="size-4 accent-accent" />
      {label}
    </label>
  );
}
