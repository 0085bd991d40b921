/** What came of a test of one step: how it ended, what came out and what went in; what went wrong, and where. */
import type { ProblemData, Tried } from "@tenuto/react/api";
import { CircleAlert, Pin } from "lucide-react";
import { type ReactElement, useState } from "react";
import { count, duration } from "~/lib/format";
import { trials as say } from "~/lib/strings/trials";
import { Button } from "~/ui/button";
import { Chip, StatusChip, statusOf } from "~/ui/chip";
import { Tabs } from "~/ui/tabs";
import { ValueShown } from "~/ui/value-shown";

export interface ResultProps {
  tried: Tried;
  step: string;
  onPin?: ((port: string, value: unknown) => void) | undefined;
  /** Leads to the field in which the mistake is. */
  onGo?: ((path: readonly string[]) => void) | undefined;
}

export function Result({ tried, step, onPin, onGo }: ResultProps): ReactElement {
  const { problem, waiting } = tried;
  return (
    <div className="flex min-w-0 flex-col gap-3" aria-live="polite">
      <Head tried={tried} onPin={onPin} />
      {problem ? <Wrong problem={problem} onGo={onGo} /> : null}
      {waiting ? <p className="text-sm">{say.result.waits(typeof waiting["reason"] === "string" ? waiting["reason"] : "")}</p> : null}
      <Values tried={tried} step={step} />
    </div>
  );
}

function Head({ tried, onPin }: Pick<ResultProps, "tried" | "onPin">): ReactElement {
  const tokens = (tried.usage?.input_tokens ?? 0) + (tried.usage?.output_tokens ?? 0);
  const gave = tried.status === "completed";
  return (
    <div className="flex flex-wrap items-center gap-2 text-xs text-muted">
      <StatusChip status={tried.status === "finished" ? "done" : statusOf(tried.status)}>{say.result.status[tried.status] ?? tried.status}</StatusChip>
      {tried.simulated ? <Chip tone="simulated">{say.result.simulated}</Chip> : null}
      <span>{say.result.took(duration(tried.duration_ms))}</span>
      {gave && tried.port && tried.port !== "out" ? <span>{say.result.port(tried.port)}</span> : null}
      {tokens > 0 ? <span>{say.result.tokens(count(tokens))}</span> : null}
      {gave && onPin ? (
        <Button small icon={Pin} className="ml-auto" onClick={() => onPin(tried.port ?? "out", tried.output)}>
          {say.result.pin}
        </Button>
      ) : null}
    </div>
  );
}

function Wrong({ problem, onGo }: { problem: ProblemData; onGo: ResultProps["onGo"] }): ReactElement {
  const path = (problem.pointer ?? "").split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  const place = path[0] === "config" ? path : ["config", ...path];
  return (
    <div role="alert" className="flex gap-2 rounded border border-danger bg-danger-soft p-3 text-sm">
      <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-danger" />
      <div className="flex min-w-0 flex-col items-start gap-1">
        <p className="break-words">{problem.detail}</p>
        {problem.fix ? <p className="text-xs break-words">{problem.fix}</p> : null}
        {problem.pointer && path.length > 0 && onGo ? (
          <Button small onClick={() => onGo(place)}>
            {say.result.goTo}
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function Values({ tried, step }: { tried: Tried; step: string }): ReactElement {
  const gave = tried.status === "completed" || tried.status === "finished";
  const [tab, setTab] = useState<"output" | "input" | "printed">(gave ? "output" : "input");
  const printed = tried.progress ?? [];
  const input = tried.config === undefined || tried.config === null;
  return (
    <Tabs
      label={say.result.title}
      value={tab}
      onChange={setTab}
      panelClassName="pt-3"
      tabs={[
        ...(gave ? [{ id: "output" as const, label: say.result.output, content: <ValueShown value={tried.output ?? null} label={say.result.of(say.result.output, step)} /> }] : []),
        { id: "input" as const, label: say.result.input, content: input ? <p className="text-sm text-muted">{say.result.noInput}</p> : <ValueShown value={tried.config} label={say.result.of(say.result.input, step)} /> },
        ...(printed.length > 0 ? [{ id: "printed" as const, label: say.result.printed, count: printed.length, content: <ValueShown value={printed} label={say.result.printed} /> }] : []),
      ]}
    />
  );
}
