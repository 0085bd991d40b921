/** How many steps are pinned; and, opened, which, since when, and what is wrong with them. */
import type { SampleView } from "@tenuto/react/api";
import { Pin, TriangleAlert } from "lucide-react";
import { Popover as Radix } from "radix-ui";
import type { ReactElement } from "react";
import { trials as say } from "~/lib/strings/trials";
import { Button } from "~/ui/button";
import { RelativeTime } from "~/ui/relative-time";
import { type Document, titleOf } from "../model/index.ts";
import { type Trials, useTrialsContext } from "./context.ts";

export function PinsMenu({ document }: { document: Document }): ReactElement | null {
  const trials = useTrialsContext();
  const pins = [...trials.pins.values()].flat();
  if (pins.length === 0) return null;
  return (
    <Radix.Root>
      <Radix.Trigger asChild>
        <Button variant="quiet" icon={Pin} className="text-mark-pinned!">
          {say.pin.count(pins.length)}
        </Button>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align="end" sideOffset={4} collisionPadding={8} aria-label={say.pin.list} className="z-30 flex max-h-96 w-96 max-w-[calc(100vw-1rem)] flex-col gap-2 overflow-y-auto rounded-md border border-line bg-surface p-3 shadow-float">
          <p className="text-xs text-muted">{say.pin.banner}</p>
          <ul className="flex flex-col">
            {pins.map((pin) => (
              <Row key={`${pin.node} ${pin.port}`} pin={pin} document={document} trials={trials} />
            ))}
          </ul>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}


function Row({ pin, document, trials }: { pin: SampleView; document: Document; trials: Trials }): ReactElement {
  const node = document.nodes[pin.node];
  return (
    <li className="flex flex-wrap items-center gap-2 border-b border-line py-1.5 text-sm last:border-0">
      <span className="min-w-0 flex-1 truncate">
        {node === undefined ? say.pin.gone(pin.node) : titleOf(node)} <span className="text-xs text-muted">{pin.port === "out" ? "" : pin.port}</span>
      </span>
      <span className="text-xs text-muted">{pin.at === null ? null : <RelativeTime at={pin.at} />}</span>
      {node === undefined ? null : (
        <Button small variant="quiet" onClick={() => trials.openPin(pin.node)}>
          {say.pin.edit}
        </Button>
      )}
      <Button small variant="quiet" onClick={() => void trials.unpin(pin.node, pin.port)}>
        {say.pin.remove}
      </Button>
      {(pin.issues ?? []).map((issue) => (
        <p key={issue} className="flex basis-full items-start gap-1 text-xs text-warning">
          <TriangleAlert size={12} aria-hidden className="mt-0.5 shrink-0" />
          {issue}
        </p>
      ))}
    </li>
  );
}
