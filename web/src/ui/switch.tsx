/** On or off, at once. */
import { Switch as Radix } from "radix-ui";
import { type ReactElement, type ReactNode, useId } from "react";

export interface SwitchProps {
  label: ReactNode;
  help?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** A switch with its word; it acts when it is pressed, so no button follows it. */
export function Switch({ label, help, checked, onChange, disabled }: SwitchProps): ReactElement {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        {...(disabled ? { disabled } : {})}
        {...(help ? { "aria-describedby": `${id}-help` } : {})}
        className="relative h-6 w-10 shrink-0 rounded-full border border-edge bg-sunken data-[state=checked]:border-accent data-[state=checked]:bg-accent disabled:opacity-55"
      >
        <Radix.Thumb className="block size-4 translate-x-1 rounded-full bg-edge transition-transform data-[state=checked]:translate-x-5 data-[state=checked]:bg-on-accent" />
      </Radix.Root>
      <div>
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        {help ? (
          <p id={`${id}-help`} className="text-xs text-muted">
            {help}
          </p>
        ) : null}
      </div>
    </div>
  );
}
