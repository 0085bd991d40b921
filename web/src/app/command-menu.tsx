/** Ctrl+K: everything one can go to or do, found by a few letters. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { WorkflowsAnswer } from "@tenuto/react/api";
import { Command } from "cmdk";
import { type ReactElement, type ReactNode, useState } from "react";
import { reading } from "~/lib/api";
import { shownKeys } from "~/lib/commands";
import { useOffered } from "~/lib/menu-items";
import { shell } from "~/lib/strings/shell";
import { Dialog } from "~/ui/dialog";
import { KeyCaps } from "~/ui/key-caps";
import { useAccountItems } from "./account-menu.tsx";
import { places } from "./places.ts";

export interface CommandMenuProps {
  open: boolean;
  onClose: () => void;
  onKeys: () => void;
}

export function CommandMenu({ open, onClose, onKeys }: CommandMenuProps): ReactElement {
  return (
    <Dialog open={open} onClose={onClose} title={shell.menu} shape="medium">
      {open ? <List onClose={onClose} onKeys={onKeys} /> : null}
    </Dialog>
  );
}

function List({ onClose, onKeys }: Omit<CommandMenuProps, "open">): ReactElement {
  const [text, setText] = useState("");
  const { entries } = useOffered();
  const account = useAccountItems();
  const then = (act: () => void) => () => {
    onClose();
    act();
  };
  const groups = [...new Set(entries.map((entry) => entry.group))];
  return (
    <Command label={shell.menu} loop className="flex min-h-0 flex-col">
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder={shell.command.placeholder}
        className="h-10 w-full rounded border border-edge bg-surface px-3 text-sm"
      />
      <Command.List className="mt-2 h-[min(24rem,50dvh)] overflow-y-auto">
        <Command.Empty className="p-4 text-center text-sm text-muted">{shell.command.none}</Command.Empty>
        {groups.map((group) => (
          <Group key={group} heading={group}>
            {entries
              .filter((entry) => entry.group === group)
              .map((entry) => (
                <Entry key={entry.id} id={entry.id} title={entry.title} words={entry.words} keys={entry.keys} onSelect={then(entry.run)} />
              ))}
          </Group>
        ))}
        <Places then={then} />
        <Found text={text} then={then} />
        <Group heading={shell.command.actions}>
          <Entry id="keys" title={shell.keys} keys={shownKeys("keys.show")} onSelect={onKeys} />
          {account.map((item) =>
            item === null || item.label === "Settings" ? null : (
              <Entry key={item.label} id={item.label} title={item.label} words={shell.theme} onSelect={then(item.onSelect)} />
            ),
          )}
        </Group>
      </Command.List>
    </Command>
  );
}

type Then = (act: () => void) => () => void;

function Places({ then }: { then: Then }): ReactElement {
  const navigate = useNavigate();
  return (
    <Group heading={shell.command.pages}>
      {places.map((place) => (
        <Entry key={place.id} id={place.path} title={place.title} keys={shownKeys(place.command)} onSelect={then(() => void navigate({ to: place.path }))} />
      ))}
    </Group>
  );
}

/** Workflows by name, and a run by its id. */
function Found({ text, then }: { text: string; then: Then }): ReactElement | null {
  const navigate = useNavigate();
  const workflows = useQuery({ ...reading<"GET /api/workflows", WorkflowsAnswer>("GET /api/workflows", { query: { limit: 100 } }), staleTime: 60_000 });
  const wanted = text.trim();
  const runs = useQuery({
    ...reading("GET /api/executions", { query: { search: wanted, limit: 5 } }),
    enabled: wanted.length >= 3,
  });
  return (
    <>
      <Group heading={shell.command.workflows}>
        {(workflows.data?.workflows ?? []).map((workflow) => {
          const { id, name } = workflow as { id: string; name: string };
          return <Entry key={id} id={`workflow ${id}`} title={name} words={id} onSelect={then(() => void navigate({ to: "/workflows/$id", params: { id } }))} />;
        })}
      </Group>
      {wanted.length >= 3 ? (
        <Group heading={shell.command.runs}>
          {(runs.data?.executions ?? []).map((run) => (
            <Entry
              key={run.id}
              id={`run ${run.id}`}
              title={shell.command.run(run.id)}
              words={wanted}
              onSelect={then(() => void navigate({ to: "/runs/$id", params: { id: run.id } }))}
            />
          ))}
        </Group>
      ) : null}
    </>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }): ReactElement {
  return (
    <Command.Group heading={heading} className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted">
      {children}
    </Command.Group>
  );
}

interface EntryProps {
  id: string;
  title: string;
  words?: string | undefined;
  keys?: string | undefined;
  onSelect: () => void;
}

function Entry({ id, title, words, keys, onSelect }: EntryProps): ReactElement {
  return (
    <Command.Item
      value={`${title} ${id}`}
      {...(words ? { keywords: [words] } : {})}
      onSelect={onSelect}
      className="flex min-h-9 cursor-pointer items-center justify-between gap-3 rounded px-2 text-sm data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent"
    >
      <span className="min-w-0 py-1">{title}</span>
      {keys ? <KeyCaps keys={keys} /> : null}
    </Command.Item>
  );
}
