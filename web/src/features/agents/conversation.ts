/** What was asked and answered in one conversation with an agent, as long as its sheet is open. */
import type { AgentView } from "@tenuto/react/api";
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem, client } from "~/lib/api";
import { duration } from "~/lib/format";
import { agents as words } from "~/lib/strings/agents";

export interface Said {
  readonly number: number;
  readonly question: string;
  readonly answer?: string | undefined;
  readonly simulated?: boolean;
  /** How long the answer took, in words. */
  readonly took?: string;
  readonly error?: { readonly message: string; readonly fix: string | null | undefined } | undefined;
}

export interface Conversation {
  readonly log: readonly Said[];
  readonly asking: boolean;
  /** Asks; a number is that of a question that got no answer and is asked again in its place. */
  readonly ask: (question: string, again?: number) => void;
  readonly stop: () => void;
  readonly clear: () => void;
}

/** The newest are kept: the API takes a hundred. */
const remembered = 50;

export function useConversation(agent: AgentView): Conversation {
  const [log, setLog] = useState<readonly Said[]>([]);
  const [asking, setAsking] = useState(false);
  const session = useRef<string | null>(null);
  const call = useRef<AbortController | null>(null);
  const last = useRef(0);
  useEffect(() => () => call.current?.abort(), []);

  const ask = useCallback(
    (question: string, again?: number): void => {
      const number = again ?? (last.current += 1);
      const put = (part: Partial<Said>): void => setLog((before) => before.map((each) => (each.number === number ? { ...each, ...part } : each)));
      setLog((before) => [...before.filter((each) => each.number !== number), { number, question }]);
      setAsking(true);
      const mine = (call.current = new AbortController());
      const begun = Date.now();
      const history = log.flatMap(({ question: asked, answer }) => (answer === undefined ? [] : [{ question: asked, answer }])).slice(-remembered);
      const body = { agent_id: agent.id, message: question, history, ...(session.current === null ? {} : { session_id: session.current }) };
      client
        .call("POST /api/agent", { body, signal: mine.signal })
        .then(({ response, raw_response: raw, session_id: id, simulated }) => {
          session.current = id;
          put({ answer: response.message || raw || JSON.stringify(response.result, null, 2), simulated, took: duration(Date.now() - begun) });
        })
        .catch((error: unknown) => put({ error: mine.signal.aborted ? { message: words.chat.stopped, fix: null } : wordsOf(error) }))
        .finally(() => (call.current === mine ? setAsking(false) : undefined));
    },
    [agent.id, log],
  );
  const clear = (): void => {
    call.current?.abort();
    session.current = null;
    setLog([]);
  };
  return { log, asking, ask, stop: () => call.current?.abort(), clear };
}

function wordsOf(error: unknown): NonNullable<Said["error"]> {
  return error instanceof Problem ? { message: error.message, fix: error.fix } : { message: words.chat.broken, fix: null };
}
