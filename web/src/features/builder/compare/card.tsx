/** A step in a comparison: what it is, and what became of it. Nothing can be done to it but to choose it. */
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo, type ReactElement, use } from "react";
import { builder as words } from "~/lib/strings/builder";
import { cx } from "~/ui/cx";
import { appOf, type CardData, type CardNode } from "../canvas/flow.ts";
import { KindIcon } from "../canvas/kind-icon.tsx";
import { useLevel } from "../canvas/level.ts";
import type { Mark } from "../model/index.ts";
import { MarkWord } from "./mark-word.tsx";
import { markLooks, MarksContext } from "./marks.ts";

function CompareCardView({ id, data, selected, width, height }: NodeProps<CardNode>): ReactElement {
  const level = useLevel();
  const mark = use(MarksContext).get(id);
  const { card } = data;
  return (
    <div className="builder-card" style={{ width, height }}>
      {data.open ? <div className="absolute inset-x-0 bottom-0 rounded-md border border-edge bg-sunken" style={{ top: card.height - 8 }} /> : null}
      <div
        className={cx(
          "absolute top-0 left-0 overflow-hidden rounded-md",
          mark === undefined ? "border border-edge" : markLooks[mark].border,
          mark === "removed" ? "bg-sunken" : "bg-surface",
          selected && "shadow-float outline-2 outline-offset-2 outline-accent",
        )}
        style={{ width: card.width, height: card.height }}
      >
        {level === "far" ? <Far mark={mark} /> : level === "near" ? <Near data={data} mark={mark} /> : <Full data={data} mark={mark} />}
      </div>
      {data.ports.map((port) => (
        <Handle
          key={`${port.side} ${port.name}`}
          type={port.side === "in" ? "target" : "source"}
          id={port.name}
          position={port.side === "in" ? Position.Left : Position.Right}
          isConnectable={false}
          className={cx("builder-port", port.name === "error" && "builder-port-error")}
          style={{ top: port.y, ...(port.side === "in" ? {} : { left: port.x }) }}
          aria-hidden
        />
      ))}
    </div>
  );
}

export const CompareCard = memo(CompareCardView);

interface PartProps {
  data: CardData;
  mark: Mark | undefined;
}

function Far({ mark }: { mark: Mark | undefined }): ReactElement {
  const Icon = mark === undefined ? null : markLooks[mark].icon;
  return <div className={cx("flex size-full items-center justify-center", mark === undefined ? "bg-edge opacity-40" : markLooks[mark].fill)}>{Icon === null ? null : <Icon size={64} aria-hidden className="text-surface" />}</div>;
}

function Near({ data, mark }: PartProps): ReactElement {
  const Icon = mark === undefined ? null : markLooks[mark].icon;
  return (
    <div className="flex size-full items-center gap-2 px-3">
      {Icon === null || mark === undefined ? <KindIcon type={data.node.spec.type} app={appOf(data.node)} size={28} /> : <Icon size={32} aria-hidden className={cx("shrink-0", markLooks[mark].text)} />}
      <span className={cx("builder-near line-clamp-2 min-w-0 font-semibold", mark === "removed" && "text-muted line-through")}>{data.title}</span>
    </div>
  );
}

function Full({ data, mark }: PartProps): ReactElement {
  return (
    <div className="flex h-full flex-col justify-center px-3">
      <div className="flex h-6 items-center gap-2">
        <KindIcon type={data.node.spec.type} app={appOf(data.node)} />
        <span className={cx("min-w-0 flex-1 truncate text-sm font-semibold", mark === "removed" && "text-muted line-through")}>{data.title}</span>
        {data.starts ? <span className="rounded-sm bg-sunken px-1 text-xs text-muted">{words.card.start}</span> : null}
      </div>
      <span className="h-5 truncate text-xs leading-5 text-muted">{data.pieces.map((piece) => piece.text).join(" ")}</span>
      <div className="flex h-5 items-center">{mark === undefined ? null : <MarkWord mark={mark} />}</div>
    </div>
  );
}
