/** One question to an agent, outside of any workflow. */
import { useMutation } from "@tanstack/react-query";
import type { AgentView } from "@tenuto/react/api";
import { Send } from "lucide-react";
import { type ReactElement, useState } from "react";
import { call } from "~/lib/api";
import { useMay } from "~/lib/session";
import { agents as words } from "~/lib/strings/agents";
import { Button } from "~/ui/button";
import { Field, TextArea } from "~/ui/field";

export function TryOut({ agent }: { agent: AgentView }): ReactElement | null {
  const may = useMay("agent:ask");
  const [message, setMessage] = useState("");
  const ask = useMutation({ mutationFn: () => call("POST /api/agent", { body: { agent_id: agent.id, message } }) });
  if (!may) return null;
  const answer = ask.data?.response;
  return (
    <form className="flex flex-col gap-2 border-t border-line pt-4" onSubmit={(event) => (event.preventDefault(), ask.mutate())}>
      <h3 className="text-sm font-semibold">{words.ask.title}</h3>
      <p className="text-xs text-muted">{words.ask.about}</p>
      <Field label={words.ask.message}>{(control) => <TextArea {...control} rows={3} value={message} onChange={(event) => setMessage(event.target.value)} />}</Field>
      <Button type="submit" icon={Send} className="self-start" disabled={message.trim() === ""} busy={ask.isPending}>
        {words.ask.send}
      </Button>
      <div role="status" className="text-sm whitespace-pre-wrap">
        {ask.error ? <span className="text-danger">{ask.error.message}</span> : answer === undefined ? "" : (answer.message ?? JSON.stringify(answer.result, null, 2))}
      </div>
    </form>
  );
}
