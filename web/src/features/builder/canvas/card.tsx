/** One step on the canvas, at three levels of detail. It holds no state and is never measured. */
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { CircleAlert, Pin, Plus, RefreshCw, TriangleAlert, Zap } from "lucide-react";
import { memo, type MouseEvent, type ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { trials } from "~/lib/strings/trials";
import { cx } from "~/ui/cx";
import type { Port } from "../model/index.ts";
import { useCanvas } from "./canvas-context.ts";
import { appOf, type CardData, type CardNode } from "./flow.ts";
import { Frame } from "./frame.tsx";
import { KindIcon } from "./kind-icon.tsx";
import { useLevel } from "./level.ts";

function CardView({ id, data, selected, width, height }: NodeProps<CardNode>): ReactElement {
  const level = useLevel();
  const { card } = data;
  return (
    <div className="builder-card" data-selected={selected || undefined} style={{ width, height }}>
      {data.open ? <Frame id={id} data={data} level={level} top={card.height} /> : null}
      <div
        className={cx(
          "absolute top-0 left-0 rounded-md border bg-surface",
          selected ? "border-accent shadow-float outline-2 outline-accent" : data.errors > 0 ? "border-danger" : data.pinned ? "border-mark-pinned" : "border-edge",
          data.inner > 0 && !data.open && "border-double border-4",
        )}
        style={{ width: card.width, height: card.height }}
      >
        {level === "full" ? <Full data={data} /> : level === "near" ? <Near data={data} /> : <Far data={data} />}
      </div>
      {level === "far" ? null : data.ports.map((port) => <PortView key={`${port.side} ${port.name}`} id={id} port={port} data={data} named={level === "full" && data.ports.length > 2} />)}
    </div>
  );
}

export const Card = memo(CardView);

function Far({ data }: { data: CardData }): ReactElement {
  return <div className={cx("size-full rounded-md", data.errors > 0 ? "bg-danger" : "bg-edge opacity-60")} />;
}

function Near({ data }: { data: CardData }): ReactElement {
  return (
    <div className="flex size-full items-center gap-2 overflow-hidden px-3">
      <KindIcon type={data.node.spec.type} app={appOf(data.node)} size={28} />
      <span className="builder-near line-clamp-2 min-w-0 font-semibold">{data.title}</span>
    </div>
  );
}

function Full({ data }: { data: CardData }): ReactElement {
  const { node } = data;
  const retry = node.spec["retry"];
  const attempts = typeof retry === "object" && retry !== null && "attempts" in retry ? Number(retry["attempts"]) : 1;
  return (
    <div className="flex h-20 flex-col px-3 py-1.5">
      <div className="flex h-6 items-center gap-2">
        <KindIcon type={node.spec.type} app={appOf(node)} />
        <span className="min-w-0 flex-1 truncate text-sm font-semibold">{data.title}</span>
        {data.starts ? <span className="rounded-sm bg-sunken px-1 text-xs text-muted">{say.card.start}</span> : null}
      </div>
      <div className="flex h-5 items-center gap-1 overflow-hidden text-xs text-muted">
        {data.pieces.map((piece) => (
          <span
            key={`${piece.kind} ${piece.text}`}
            className={cx(
              "truncate",
              piece.kind === "word" && "shrink-0 max-w-[60%]",
              piece.kind === "value" && "min-w-6 rounded-sm bg-sunken px-1 text-ink",
              piece.kind === "open" && "min-w-6 italic text-faint",
            )}
          >
            {piece.text}
          </span>
        ))}
      </div>
      <div className="flex h-5 items-center gap-3 text-xs">
        {data.errors > 0 ? <Mark icon={CircleAlert} className="text-danger">{say.card.problems(data.errors)}</Mark> : null}
        {data.errors === 0 && data.warnings > 0 ? <Mark icon={TriangleAlert} className="text-warning">{say.card.warnings(data.warnings)}</Mark> : null}
        {data.pinned ? <Mark icon={Pin} className="text-mark-pinned">{trials.pin.mark}</Mark> : null}
        {attempts > 1 ? <Mark icon={RefreshCw} className="text-muted">{say.card.attempts(attempts)}</Mark> : null}
        {data.effect === "write" ? <Mark icon={Zap} className="text-muted">{say.card.writes}</Mark> : null}
        {data.inner > 0 && !data.open ? <span className="text-muted">{say.card.inner(data.inner)}</span> : null}
      </div>
    </div>
  );
}

function Mark({ icon: Icon, className, children }: { icon: typeof Zap; className: string; children: string }): ReactElement {
  return (
    <span className={cx("inline-flex items-center gap-1 whitespace-nowrap", className)}>
      <Icon size={12} aria-hidden />
      {children}
    </span>
  );
}

function PortView({ id, port, data, named }: { id: string; port: Port; data: CardData; named: boolean }): ReactElement {
  const { pick } = useCanvas();
  const inward = port.side === "in";
  const free = !inward && !data.used.includes(port.name);
  const add = (event: MouseEvent): void => {
    event.stopPropagation();
    pick({ kind: "after", source: id, port: port.name }, { x: event.clientX, y: event.clientY });
  };
  return (
    <>
      <Handle
        type={inward ? "target" : "source"}
        id={port.name}
        position={inward ? Position.Left : Position.Right}
        className={cx("builder-port", port.name === "error" && "builder-port-error")}
        style={{ top: port.y, ...(inward ? {} : { left: port.x }) }}
        aria-hidden
      />
      {named && !inward ? (
        <span className={cx("builder-port-name", port.name === "error" && "text-danger")} style={{ left: port.x + 9, top: port.y - (free ? 8 : 17) }}>
          {say.port(port.name)}
        </span>
      ) : null}
      {free ? (
        <button type="button" tabIndex={-1} aria-label={say.card.addAfter(data.title, port.name)} className="builder-plus nodrag nopan" style={{ left: port.x + (named ? 84 : 14), top: port.y - 10 }} onClick={add}>
          <Plus size={12} aria-hidden />
        </button>
      ) : null}
    </>
  );
}
