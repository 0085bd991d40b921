/** What can be asked of the run: buttons for what makes sense now, a menu for the rest, each with its reason where it cannot be. */
import { Link, useNavigate } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { Copy, Ellipsis, GitFork, type LucideIcon, Pause, Play, RotateCcw, RotateCw, Trash2, XCircle } from "lucide-react";
import { type ReactElement, Suspense, useState } from "react";
import { call, stale } from "~/lib/api";
import { shownKeys } from "~/lib/commands";
import { useCommands } from "~/lib/keyboard";
import { later } from "~/lib/later";
import { useMe } from "~/lib/session";
import { run as words } from "~/lib/strings/run";
import { toast } from "~/lib/toasts";
import { Button, IconButton } from "~/ui/button";
import { Menu, type MenuItem } from "~/ui/menu";
import { useNodeState, useRun, useShown } from "../context.ts";
import { type Operation, inBar, whyNot } from "./operations.ts";

const CancelDialog = later(() => import("./dialogs.tsx"), "CancelDialog");
const RetryDialog = later(() => import("./dialogs.tsx"), "RetryDialog");
const RemoveDialog = later(() => import("./dialogs.tsx"), "RemoveDialog");
const ForkDialog = later(() => import("./fork-dialog.tsx"), "ForkDialog");

const icons: Readonly<Record<Operation, LucideIcon>> = { cancel: XCircle, pause: Pause, resume: Play, retry: RotateCcw, fork: GitFork, replay: RotateCw, remove: Trash2 };
const keys: Partial<Record<Operation, string>> = { cancel: shownKeys("run.cancel"), retry: shownKeys("run.retry"), fork: shownKeys("run.fork") };
const order: readonly Operation[] = ["pause", "resume", "retry", "fork", "replay", "cancel", "remove"];

export function Actions(): ReactElement {
  const { detail, selected, again } = useRun();
  const { state } = useShown();
  const node = useNodeState(selected ?? "");
  const me = useMe().data;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [open, setOpen] = useState<Operation | null>(null);
  const [busy, setBusy] = useState<Operation | null>(null);
  const standing = {
    status: state.status,
    imported: detail.imported,
    stored: detail.workflow_id !== null,
    child: detail.parent != null,
    selected: selected === null ? null : node,
    may: (permission: string) => me?.permissions.includes(permission) ?? false,
  };
  const why = (operation: Operation): string | null => whyNot(operation, standing);

  const direct = async (operation: "pause" | "resume" | "replay"): Promise<void> => {
    setBusy(operation);
    try {
      const path = { id: detail.id };
      if (operation === "replay") {
        const { execution } = await call("POST /api/executions/{id}/replay", { path, body: { version: "draft" } as never });
        toast(words.actions.done.replay, { tone: "success" });
        void navigate({ to: "/runs/$id", params: { id: execution.id } });
      } else {
        const { settled } = operation === "pause" ? await call("POST /api/executions/{id}/pause", { path }) : await call("POST /api/executions/{id}/resume", { path });
        toast(settled ? words.actions.done[operation] : words.actions.asked, { tone: "success" });
      }
      again();
      await stale(queries, "executions");
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { tone: "danger" });
    } finally {
      setBusy(null);
    }
  };
  const begin = (operation: Operation): void => {
    const reason = why(operation);
    if (reason) toast(reason);
    else if (operation === "pause" || operation === "resume" || operation === "replay") void direct(operation);
    else setOpen(operation);
  };
  useCommands("run", { "run.cancel": () => begin("cancel"), "run.retry": () => begin("retry"), "run.fork": () => begin("fork") });

  const bar = inBar(state.status, selected !== null);
  const items: (MenuItem | null)[] = [
    ...order
      .filter((operation) => !bar.includes(operation))
      .map((operation) => ({ label: words.actions[operation], icon: icons[operation], keys: keys[operation], danger: operation === "remove", unavailable: why(operation), onSelect: () => begin(operation) })),
    null,
    { label: words.actions.copyId, icon: Copy, onSelect: () => void navigator.clipboard.writeText(detail.id) },
  ];
  const close = (): void => setOpen(null);
  return (
    <>
      {detail.workflow_id ? (
        <Link to="/workflows/$id" params={{ id: detail.workflow_id }} className="hidden text-sm text-accent underline md:inline">
          {words.actions.workflow}
        </Link>
      ) : null}
      {bar.map((operation) => (
        <Button key={operation} small icon={icons[operation]} busy={busy === operation} unavailable={why(operation)} title={keys[operation]} variant={operation === bar.at(-1) && operation !== "cancel" ? "primary" : "secondary"} onClick={() => begin(operation)}>
          {words.actions[operation]}
        </Button>
      ))}
      <Menu trigger={<IconButton icon={Ellipsis} label={words.actions.more} small />} items={items} />
      <Suspense fallback={null}>
        {open === "cancel" ? <CancelDialog onClose={close} /> : null}
        {open === "retry" ? <RetryDialog onClose={close} /> : null}
        {open === "remove" ? <RemoveDialog onClose={close} /> : null}
        {open === "fork" && selected ? <ForkDialog node={selected} onClose={close} /> : null}
      </Suspense>
    </>
  );
}
