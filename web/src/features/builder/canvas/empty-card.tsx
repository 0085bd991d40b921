/** What stands in the middle of a workflow that has no steps yet. */
import { CalendarClock, Check, Code, Webhook } from "lucide-react";
import type { ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { Button } from "~/ui/button";

export interface EmptyCardProps {
  /** The kinds of triggers that there are. */
  chosen: readonly string[];
  onFirst: (at: { x: number; y: number }) => void;
  onTrigger: (type: "webhook" | "schedule") => void;
  onTemplate: () => void;
}

export function EmptyCard({ chosen, onFirst, onTrigger, onTemplate }: EmptyCardProps): ReactElement {
  const ways = [
    { type: "webhook", icon: Webhook, title: say.empty.webhook, about: say.empty.webhookAbout, act: () => onTrigger("webhook") },
    { type: "schedule", icon: CalendarClock, title: say.empty.schedule, about: say.empty.scheduleAbout, act: () => onTrigger("schedule") },
  ];
  return (
    <section className="pointer-events-none absolute inset-0 z-10 flex items-center justify-center">
      <div className="pointer-events-auto w-[26rem] max-w-[calc(100%-2rem)] rounded-lg border border-line bg-surface p-5 shadow-float">
        <h2 className="text-lg font-semibold">{say.empty.title}</h2>
        <p className="mb-3 text-sm text-muted">{say.empty.about}</p>
        <ul className="flex flex-col gap-1">
          {ways.map(({ type, icon: Icon, title, about, act }) => (
            <li key={title}>
              <button type="button" aria-pressed={chosen.includes(type)} className="flex w-full items-center gap-3 rounded-md border border-line px-3 py-2 text-left hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft" onClick={act}>
                <Icon size={20} aria-hidden className="shrink-0 text-accent" />
                <span>
                  <span className="block text-sm font-medium">{title}</span>
                  <span className="block text-xs text-muted">{about}</span>
                </span>
                {chosen.includes(type) ? <Check size={18} aria-hidden className="ml-auto shrink-0 text-accent" /> : null}
              </button>
            </li>
          ))}
          <li className="flex items-center gap-3 px-3 py-2">
            <Code size={20} aria-hidden className="shrink-0 text-muted" />
            <span>
              <span className="block text-sm font-medium">{say.empty.call}</span>
              <span className="block text-xs text-muted">{say.empty.callAbout}</span>
            </span>
          </li>
        </ul>
        <div className="mt-4 flex flex-wrap gap-2">
          <Button variant="primary" onClick={(event) => onFirst({ x: event.clientX - 180, y: event.clientY - 200 })}>
            {say.empty.first}
          </Button>
          <Button onClick={onTemplate}>{say.empty.template}</Button>
        </div>
      </div>
    </section>
  );
}
