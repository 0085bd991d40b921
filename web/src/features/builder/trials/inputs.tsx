/** The values that a step is tested with: each says where it is from, and may be chosen or written. */
import type { ReactElement } from "react";
import { trials as say } from "~/lib/strings/trials";
import { Select, TextArea } from "~/ui/field";
import { RelativeTime } from "~/ui/relative-time";
import { ValueShown } from "~/ui/value-shown";
import { parsed } from "./json-text.ts";
import { type Chosen, type Input, type Inputs, started } from "./use-inputs.ts";

export function InputList({ inputs }: { inputs: Inputs }): ReactElement {
  const { list } = inputs;
  return (
    <div className="flex flex-col gap-2">
      {list.length === 1 ? <p className="text-xs text-muted">{say.step.none}</p> : null}
      {list.map((input) => (
        <Row key={input.id} input={input} inputs={inputs} />
      ))}
    </div>
  );
}

function Row({ input, inputs }: { input: Input; inputs: Inputs }): ReactElement {
  const { id, samples, chosen, text } = input;
  const name = id === started ? say.step.started : input.name;
  const sample = samples.find((each) => each.source === chosen);
  const wrong = chosen === "hand" && parsed(text) === null;
  return (
    <div className="rounded border border-line">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-2 py-1">
        <span className="min-w-0 truncate text-sm font-medium">{name}</span>
        <span className="flex items-center gap-2 text-xs text-muted">
          {sample?.at ? <RelativeTime at={sample.at} /> : null}
          <Select aria-label={say.step.from(name)} value={chosen ?? ""} className="!h-7 !w-32 !text-xs" onChange={(event) => inputs.choose(id, event.target.value as Chosen)}>
            {chosen === null ? <option value="">{say.step.unknown}</option> : null}
            {samples.map((each) => (
              <option key={each.source} value={each.source}>
                {say.source(each.source)}
              </option>
            ))}
            <option value="hand">{say.step.byHand}</option>
          </Select>
        </span>
      </div>
      <div className="p-2">
        {chosen === "hand" ? (
          <>
            <TextArea aria-label={say.step.value(name)} rows={4} spellCheck={false} value={text} aria-invalid={wrong || undefined} className="font-mono text-mono" onChange={(event) => inputs.write(id, event.target.value)} />
            {wrong ? (
              <p role="alert" className="mt-1 text-xs text-danger">
                {say.step.notJson}
              </p>
            ) : null}
          </>
        ) : sample === undefined ? (
          <p className="text-xs text-muted">{say.step.unknown}</p>
        ) : (
          <ValueShown value={sample.value} label={name} open={1} />
        )}
      </div>
    </div>
  );
}
