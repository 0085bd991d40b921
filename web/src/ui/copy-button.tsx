/** Puts a text on the clipboard and says so. */
import { Check, Copy, X } from "lucide-react";
import { type ReactElement, useEffect, useState } from "react";
import { Button, IconButton } from "./button.tsx";

export interface CopyButtonProps {
  text: string | (() => string | Promise<string>);
  /** "Copy the address". */
  label?: string;
  /** Show the word too. */
  withWord?: boolean;
}

export function CopyButton({ text, label = "Copy", withWord }: CopyButtonProps): ReactElement {
  const [state, setState] = useState<"ready" | "copied" | "refused">("ready");
  useEffect(() => {
    if (state === "ready") return undefined;
    const timer = setTimeout(() => setState("ready"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : await text());
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  const shown = { ready: label, copied: "Copied", refused: "The browser refused; select and copy it by hand" }[state];
  const icon = { ready: Copy, copied: Check, refused: X }[state];
  return (
    <>
      {withWord ? (
        <Button small icon={icon} onClick={() => void copy()}>
          {shown}
        </Button>
      ) : (
        <IconButton small icon={icon} label={shown} onClick={() => void copy()} />
      )}
      <span role="status" className="sr-only">
        {state === "ready" ? "" : shown}
      </span>
    </>
  );
}
