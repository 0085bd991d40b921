/** One question with all that one has to know to decide. */
import { Link } from "@tanstack/react-router";
import type { ApprovalDetail } from "@tenuto/react/api";
import { type ReactElement, useMemo, useRef, useState } from "react";
import { Problem } from "~/lib/api";
import { exactly, relative } from "~/lib/format";
import { useCommands } from "~/lib/keyboard";
import { approvals as words } from "~/lib/strings/approvals";
import { Chip, StatusChip } from "~/ui/chip";
import { RelativeTime } from "~/ui/relative-time";
import { Arguments } from "./arguments.tsx";
import { Body } from "./body.tsx";
import { Countdown } from "./countdown.tsx";
import { type Answering, DecideBar } from "./decide-bar.tsx";
import { changedOf, fieldsOf, initially, read } from "./form/fields.ts";
import { Form } from "./form/form.tsx";
import { useDecision } from "./use-decision.ts";

export interface DetailProps {
  approval: ApprovalDetail;
  /** Called when it was decided here, so that the next one comes. */
  onDone: () => void;
}

export function Detail({ approval, onDone }: DetailProps): ReactElement {
  const fields = useMemo(() => fieldsOf(approval.form), [approval.form]);
  const [typed, setTyped] = useState(() => initially(fields));
  const [answering, setAnswering] = useState<Answering>(null);
  const [commenting, setCommenting] = useState(false);
  const [comment, setComment] = useState("");
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const form = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLElement>(null);
  const decision = useDecision(approval, onDone);
  const open = approval.decided_at === null;
  const approved = approval.answers.filter((each) => each.decision === "approve").length;
  const refused = approval.may_decide ? null : words.mayNot;

  const confirm = (): void => {
    if (!answering || refused || decision.isPending) return;
    const filled = read(fields, typed);
    if (answering === "approve" && !filled.ok) {
      setErrors(filled.errors);
      setAnswering(null);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
      return;
    }
    decision.mutate({ decision: answering, form: filled.ok ? filled.value : {}, comment });
  };
  const answer = (next: Answering): void => {
    setAnswering(next);
    if (next === "reject") later(() => frame.current?.querySelector<HTMLElement>("[data-comment]")?.focus());
  };
  const edit = (): void => form.current?.querySelector<HTMLElement>("input, textarea, select")?.focus();
  const say = (): void => {
    setCommenting(true);
    later(() => frame.current?.querySelector<HTMLElement>("[data-comment]")?.focus());
  };
  useCommands("approval", open ? { "approval.approve": () => answer("approve"), "approval.reject": () => answer("reject"), "approval.edit": edit, "approval.comment": say } : {});
  useCommands("anywhere", open ? { "main.act": confirm } : {});

  return (
    <article ref={frame} aria-label={approval.title} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-4 py-4 sm:px-6">
        <Head approval={approval} open={open} approved={approved} />
        {approval.body ? <Body text={approval.body} /> : null}
        <Arguments value={approval.arguments} />
        {open && fields.length > 0 ? (
          <section aria-label={words.form} className="flex flex-col gap-3">
            <h3 className="font-semibold">{words.form}</h3>
            <Form ref={form} fields={fields} typed={typed} changed={changedOf(fields, typed)} errors={errors} onChange={(name, value) => (setTyped({ ...typed, [name]: value }), setErrors({ ...errors, [name]: "" }))} />
          </section>
        ) : null}
        <Answers approval={approval} />
      </div>
      {open && !overtaken(decision.error) ? (
        <DecideBar
          answering={answering}
          comment={comment}
          left={approval.required - approved}
          hasForm={fields.length > 0}
          busy={decision.isPending}
          refused={refused}
          error={decision.error}
          commenting={commenting}
          onAnswering={answer}
          onComment={setComment}
          onCommenting={say}
          onEdit={edit}
          onConfirm={confirm}
        />
      ) : (
        <Outcome approval={approval} error={decision.error} />
      )}
    </article>
  );
}

/** Who asks, since when and until when, and whose answers are wanted. */
function Head({ approval, open, approved }: { approval: ApprovalDetail; open: boolean; approved: number }): ReactElement {
  return (
    <header className="flex flex-col gap-2">
      <h2 className="text-xl font-semibold break-words">{approval.title}</h2>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <span>
          {words.asked(approval.workflow_name)}, <RelativeTime at={approval.created_at} />
        </span>
        <Link to="/runs/$id" params={{ id: approval.execution }} search={{ node: approval.node }} className="text-accent underline">
          {words.run}
        </Link>
      </p>
      <p className="flex flex-wrap items-center gap-2 text-sm">
        {open ? <Countdown at={approval.expires} /> : null}
        {open ? <Countdown at={approval.escalates} said={words.escalates} /> : null}
        {approval.required > 1 ? <Chip tone="accent">{words.count(approved, approval.required)}</Chip> : null}
        <span className="text-muted">{words.who(approval.approvers.map((each) => each.replace(/^[a-z]+:/, "")).join(", "))}</span>
      </p>
      {approval.simulated ? <Chip tone="simulated" className="self-start">{words.simulated}</Chip> : null}
    </header>
  );
}

/** In the place of the buttons: who decided, and when. */
function Outcome({ approval, error }: { approval: ApprovalDetail; error: Error | null }): ReactElement {
  const by = approval.answers.at(-1)?.by ?? "";
  const what = words.decisions[approval.outcome as keyof typeof words.decisions] ?? approval.outcome ?? "";
  const good = approval.outcome === "approved";
  return (
    <footer role="status" className="flex shrink-0 flex-wrap items-center gap-3 border-t border-line bg-surface px-4 py-3 text-sm sm:px-6">
      {approval.outcome ? <StatusChip status={good ? "done" : approval.outcome === "rejected" ? "failed" : "cancelled"}>{what}</StatusChip> : null}
      {overtaken(error) ? (
        <span>{approval.outcome ? words.elsewhere(what, by, approval.decided_at ? relative(approval.decided_at) : "") : error?.message}</span>
      ) : (
        <span>
          {words.outcome("", by).trim()} {approval.decided_at ? exactly(approval.decided_at) : ""}
        </span>
      )}
    </footer>
  );
}

function Answers({ approval }: { approval: ApprovalDetail }): ReactElement | null {
  if (approval.answers.length === 0) return null;
  return (
    <section aria-label={words.history} className="flex flex-col gap-2 text-sm">
      <h3 className="font-semibold">{words.history}</h3>
      <ol className="flex flex-col gap-2">
        {approval.answers.map((given) => (
          <li key={`${given.by} ${given.at}`} className="border-l-2 border-line pl-3">
            {words.answer(given.by, words.decisions[given.decision as keyof typeof words.decisions] ?? given.decision)} {given.at ? <RelativeTime at={given.at} className="text-muted" /> : null}
            {given.comment ? <p className="break-words whitespace-pre-wrap text-muted">{given.comment}</p> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Whether somebody else decided it, or it was put anew, while it was looked at. */
function overtaken(error: Error | null): boolean {
  return error instanceof Problem && error.status === 409;
}

function later(act: () => void): void {
  requestAnimationFrame(act);
}
