/** A conversation with an agent, outside of any workflow, to hear how it answers. */
import type { AgentView } from "@tenuto/react/api";
import { Eraser, Send, Square } from "lucide-react";
import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { agents as words } from "~/lib/strings/agents";
import { Button } from "~/ui/button";
import { CopyButton } from "~/ui/copy-button";
import { Field, TextArea } from "~/ui/field";
import { Spinner } from "~/ui/spinner";
import { type Said, useConversation } from "./conversation.ts";

const said = words.chat;

export function Chat({ agent }: { agent: AgentView }): ReactElement {
  const { log, asking, ask, stop, clear } = useConversation(agent);
  const [message, setMessage] = useState("");
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [log.length, asking]);
  const send = (): void => {
    if (message.trim() === "" || asking) return;
    ask(message);
    setMessage("");
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <div className="flex min-h-full flex-col gap-3 pt-3">
      <p className="text-xs text-muted">{said.about}</p>
      <div role="log" aria-label={said.title} className="flex-1">
        <ol className="flex flex-col gap-3">
          {log.map((each) => (
            <Bubble key={each.number} said={each} name={agent.name} onAgain={() => ask(each.question, each.number)} />
          ))}
        </ol>
      </div>
      {asking ? (
        <p role="status" className="flex items-center gap-2 text-sm text-muted">
          <Spinner /> {said.asking(agent.name)}
          <Button small icon={Square} onClick={stop}>
            {said.stop}
          </Button>
        </p>
      ) : null}
      <div ref={end} className="sticky -bottom-2 flex flex-col gap-2 bg-surface pt-1 pb-3">
        <Field label={said.message} help={said.keys}>
          {(control) => <TextArea {...control} rows={3} value={message} onChange={(event) => setMessage(event.target.value)} onKeyDown={pressed} />}
        </Field>
        <div className="flex justify-between gap-2">
          <Button icon={Send} variant="primary" disabled={message.trim() === "" || asking} onClick={send}>
            {said.send}
          </Button>
          <Button icon={Eraser} disabled={log.length === 0} onClick={clear}>
            {said.clear}
          </Button>
        </div>
      </div>
    </div>
  );
}

function Bubble({ said: each, name, onAgain }: { said: Said; name: string; onAgain: () => void }): ReactElement {
  return (
    <li className="flex flex-col gap-2 text-sm">
      <div className="ml-8 self-end rounded-lg bg-sunken px-3 py-2">
        <span className="sr-only">{said.you}: </span>
        <span className="break-words whitespace-pre-wrap">{each.question}</span>
      </div>
      {each.error ? (
        <div role="alert" className="mr-8 flex flex-col items-start gap-1.5 self-start rounded-lg border border-danger px-3 py-2">
          <span className="text-danger">{each.error.message}</span>
          {each.error.fix ? <span className="text-xs text-muted">{each.error.fix}</span> : null}
          <Button small onClick={onAgain}>
            {said.again}
          </Button>
        </div>
      ) : null}
      {each.answer === undefined ? null : (
        <div className="mr-8 flex flex-col gap-1 self-start rounded-lg border border-line px-3 py-2">
          <span className="flex items-center gap-2 text-xs text-muted">
            {name}
            {each.simulated ? ` · ${said.simulated}` : ""} · {each.took}
            <CopyButton text={each.answer} label={said.copy} />
          </span>
          <span className="break-words whitespace-pre-wrap">{each.answer}</span>
        </div>
      )}
    </li>
  );
}
