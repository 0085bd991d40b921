/** Shows what `toast()` was told. */
import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import type { ReactElement } from "react";
import { shell } from "~/lib/strings/shell";
import { closeToast, useToasts } from "~/lib/toasts";
import { Button, IconButton } from "~/ui/button";

const icons = { plain: Info, success: CircleCheck, danger: CircleAlert };
const colours = { plain: "text-accent", success: "text-success", danger: "text-danger" };

export function ToastList(): ReactElement {
  const toasts = useToasts();
  return (
    <div role="status" aria-label={shell.notifications} className="pointer-events-none fixed right-4 bottom-16 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 sm:bottom-4">
      {toasts.map(({ id, tone, text, action }) => {
        const Icon = icons[tone];
        return (
          <div key={id} className="pointer-events-auto flex items-start gap-2 rounded-md border border-line bg-surface px-3 py-2 text-sm shadow-float">
            <Icon size={18} aria-hidden className={`mt-0.5 shrink-0 ${colours[tone]}`} />
            <span className="min-w-0 flex-1 py-0.5 break-words">{text}</span>
            {action ? (
              <Button
                small
                onClick={() => {
                  closeToast(id);
                  action.run();
                }}
              >
                {action.label}
              </Button>
            ) : null}
            <IconButton icon={X} label={shell.close} small onClick={() => closeToast(id)} />
          </div>
        );
      })}
    </div>
  );
}
