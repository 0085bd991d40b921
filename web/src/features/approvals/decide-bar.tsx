/** The two answers, and what follows from each, in words; `Ctrl+Enter` gives the one that is open. */
import { Check, MessageSquare, PencilLine, X } from "lucide-react";
import type { ReactElement } from "react";
import { shownKeys } from "~/lib/commands";
import { approvals as words } from "~/lib/strings/approvals";
import { Button } from "~/ui/button";
import { Field, TextArea } from "~/ui/field";

export type Answering = "approve" | "reject" | null;

export interface DecideBarProps {
  answering: Answering;
  comment: string;
  /** How many people still have to approve, this one included. */
  left: number;
  hasForm: boolean;
  busy: boolean;
  refused: string | null;
  error: Error | null;
  commenting: boolean;
  onAnswering: (answering: Answering) => void;
  onComment: (text: string) => void;
  onCommenting: () => void;
  onEdit: () => void;
  onConfirm: () => void;
}

export function DecideBar(props: DecideBarProps): ReactElement {
  const { answering, comment, left, hasForm, busy, refused, error, commenting, onAnswering, onComment, onCommenting, onEdit, onConfirm } = props;
  const rejecting = answering === "reject";
  return (
    <footer className="flex shrink-0 flex-col gap-3 border-t border-line bg-surface px-4 py-3 sm:px-6">
      {answering ? <p className="text-sm font-medium">{rejecting ? words.consequence.reject : words.consequence.approve(left)}</p> : null}
      {commenting || rejecting ? (
        <Field label={rejecting ? words.reason : words.comment} help={rejecting ? words.reasonHelp : words.commentHelp}>
          {(control) => <TextArea {...control} data-comment rows={2} maxLength={10_000} value={comment} onChange={(event) => onComment(event.target.value)} />}
        </Field>
      ) : null}
      {error ? (
        <p role="alert" className="text-sm text-danger">
          {error.message}
        </p>
      ) : null}
      <div className="flex flex-wrap items-center gap-2">
        {answering ? (
          <>
            <Button variant={rejecting ? "danger" : "primary"} busy={busy} unavailable={refused} title={shownKeys("main.act")} onClick={onConfirm}>
              {words.confirm[answering]}
            </Button>
            <Button onClick={() => onAnswering(null)}>{words.confirm.back}</Button>
          </>
        ) : (
          <>
            <Button variant="primary" icon={Check} unavailable={refused} title={shownKeys("approval.approve")} onClick={() => onAnswering("approve")}>
              {words.approve}
            </Button>
            <Button icon={X} unavailable={refused} title={shownKeys("approval.reject")} onClick={() => onAnswering("reject")}>
              {words.reject}
            </Button>
            <div className="flex-1" />
            {hasForm ? (
              <Button variant="quiet" icon={PencilLine} title={shownKeys("approval.edit")} onClick={onEdit}>
                {words.edit}
              </Button>
            ) : null}
            {commenting ? null : (
              <Button variant="quiet" icon={MessageSquare} title={shownKeys("approval.comment")} onClick={onCommenting}>
                {words.comment}
              </Button>
            )}
          </>
        )}
      </div>
    </footer>
  );
}
