/** A step on the canvas of a run: kind, name, how it stands in words; always of one size. */
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { type ReactElement, memo } from "react";
import { count, microdollars } from "~/lib/format";
import { run as words } from "~/lib/strings/run";
import { statusLooks, statusTexts } from "~/ui/chip";
import { cx } from "~/ui/cx";
import { KindIcon } from "~/ui/kind-icon";
import { useNodeState, useRun, useShown, useTicking } from "../context.ts";
import { lookOf } from "../model/look.ts";
import type { CardNode } from "./nodes.ts";

const dimmed = new Set(["paused", "cancelled", "skipped"]);

export const Card = memo(function Card({ id, data, selected }: NodeProps<CardNode>): ReactElement {
  const { nameOf } = useRun();
  const node = useNodeState(id);
  const { status } = useShown().state;
  const now = useTicking(node !== undefined && ["running", "retrying"].includes(node.status));
  const look = lookOf(node, status, now);
  const { icon: Glyph, border } = statusLooks[look.status];
  const tokens = node?.usage ? node.usage.input_tokens + node.usage.output_tokens : 0;
  const cost = node?.usage?.cost ?? null;
  return (
    <div
      className={cx(
        "relative flex h-20 w-60 flex-col overflow-hidden rounded-md bg-surface px-3 py-2 text-ink",
        border.replaceAll(/\btext-state-[a-z-]+/g, "").trim(),
        borders[look.status],
        dimmed.has(look.status) && "opacity-75",
        selected && "shadow-float ring-2 ring-accent ring-offset-2 ring-offset-canvas",
        data.critical && "after:absolute after:inset-x-0 after:bottom-0 after:h-[3px] after:bg-accent",
        data.faint && "opacity-50",
      )}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} className="!size-2 !border-edge !bg-surface" />
      <div className="flex h-6 min-w-0 items-center gap-2">
        <KindIcon kind={data.kind} className="shrink-0 text-muted" />
        <span className="min-w-0 flex-1 truncate font-semibold">{nameOf(id)}</span>
        <Glyph size={16} aria-hidden className={cx("shrink-0", statusTexts[look.status])} />
      </div>
      <span className={cx("h-5 truncate text-xs leading-5 font-medium", statusTexts[look.status])}>{look.word}</span>
      <div className="flex h-5 min-w-0 items-center gap-2 truncate text-xs text-muted">
        {node && node.attempt > 1 ? <span>{words.node.attempt(node.attempt)}</span> : <span>{data.kind}</span>}
        {tokens > 0 ? <span>{words.node.tokens(count(tokens))}</span> : null}
        {cost === null ? null : <span>{microdollars(cost)}</span>}
        {data.items ? <span>{data.items}</span> : null}
      </div>
      <Handle type="source" position={Position.Right} isConnectable={false} className="!size-2 !border-edge !bg-surface" />
    </div>
  );
});

const borders = {
  "not-reached": "border-state-not-reached",
  queued: "border-state-queued",
  running: "border-state-running",
  waiting: "border-state-waiting",
  person: "border-state-person",
  retrying: "border-state-retrying",
  done: "border-state-done",
  skipped: "border-state-skipped",
  failed: "border-state-failed",
  unknown: "border-state-unknown",
  paused: "border-state-paused",
  cancelled: "border-state-cancelled",
} as const;
