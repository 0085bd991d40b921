/** A question before something is done that matters: what it is, what follows, and the two answers. */
import type { ReactElement, ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

export interface AskProps {
  title: string;
  about: string;
  act: string;
  keep: string;
  danger?: boolean;
  error: Error | null;
  busy: boolean;
  onAct: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** One answer does it, the other keeps things as they are; what went wrong is said here, so that it can be tried again. */
export function Ask({ title, about, act, keep, danger, error, busy, onAct, onClose, children }: AskProps): ReactElement {
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      about={about}
      shape="small"
      actions={
        <>
          <Button onClick={onClose}>{keep}</Button>
          <Button variant={danger ? "danger" : "primary"} busy={busy} onClick={onAct}>
            {act}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {children}
        {error ? (
          <p role="alert" className="text-sm text-danger">
            {error.message}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}
