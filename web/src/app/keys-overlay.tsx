/** `?`: the keys that act here, made of the table of commands. */
import type { ReactElement } from "react";
import { type CommandId, type Context, commands, shownKeys } from "~/lib/commands";
import { useOffered } from "~/lib/menu-items";
import { singleKeys } from "~/lib/preferences";
import { useStored } from "~/lib/stored";
import { shell } from "~/lib/strings/shell";
import { Dialog } from "~/ui/dialog";
import { KeyCaps } from "~/ui/key-caps";

export function KeysOverlay({ open, onClose }: { open: boolean; onClose: () => void }): ReactElement {
  const { contexts } = useOffered();
  const [single] = useStored(singleKeys);
  const shown: readonly Context[] = ["anywhere", ...contexts.filter((context) => context !== "anywhere")];
  return (
    <Dialog open={open} onClose={onClose} title={shell.overlay.title} about={single ? shell.overlay.about : shell.overlay.off} shape="large">
      <div className="columns-1 gap-8 sm:columns-2">
        {shown.map((context) => (
          <section key={context} className="mb-4">
            <h3 className="mb-1 text-xs font-semibold text-muted">{shell.overlay.contexts[context]}</h3>
            <dl>
              {idsOf(context).map((id) => (
                <div key={id} className="flex items-center justify-between gap-4 border-b border-line py-1 break-inside-avoid">
                  <dt>{commands[id].title}</dt>
                  <dd>
                    <KeyCaps keys={shownKeys(id)} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function idsOf(context: Context): CommandId[] {
  return (Object.keys(commands) as CommandId[]).filter((id) => commands[id].context === context);
}
