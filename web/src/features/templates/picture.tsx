/** The graph of a workflow in small: its steps where they stand, and the ways between them. */
import type { JsonValue } from "@tenuto/react/api";
import type { ReactElement } from "react";

const [width, height] = [240, 80];

interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

export function Picture({ label, definition }: { label: string; definition: Readonly<Record<string, JsonValue>> }): ReactElement | null {
  const boxes = boxesOf(definition["nodes"]);
  if (boxes.length === 0) return null;
  const at = new Map(boxes.map((box) => [box.id, box]));
  const [left, top] = [Math.min(...boxes.map((box) => box.x)) - 20, Math.min(...boxes.map((box) => box.y)) - 20];
  const [right, bottom] = [Math.max(...boxes.map((box) => box.x)) + width + 20, Math.max(...boxes.map((box) => box.y)) + height + 20];
  return (
    <svg role="img" aria-label={label} viewBox={`${left} ${top} ${right - left} ${bottom - top}`} className="h-32 w-full rounded bg-canvas">
      {waysOf(definition["edges"]).map(([from, to]) => {
        const [one, other] = [at.get(from), at.get(to)];
        if (one === undefined || other === undefined) return null;
        const [x1, y1, x2, y2] = [one.x + width, one.y + height / 2, other.x, other.y + height / 2];
        const middle = (x1 + x2) / 2;
        return <path key={`${from} ${to}`} d={`M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`} className="fill-none stroke-edge" strokeWidth={5} />;
      })}
      {boxes.map((box) => (
        <rect key={box.id} x={box.x} y={box.y} width={width} height={height} rx={14} className="fill-surface stroke-accent" strokeWidth={5} />
      ))}
    </svg>
  );
}

function objects(value: JsonValue | undefined): Record<string, JsonValue>[] {
  return Array.isArray(value) ? value.filter((each): each is Record<string, JsonValue> => typeof each === "object" && each !== null && !Array.isArray(each)) : [];
}

function boxesOf(nodes: JsonValue | undefined): Box[] {
  return objects(nodes).flatMap((node) => {
    const { id, position } = node;
    if (typeof id !== "string" || typeof position !== "object" || position === null || Array.isArray(position)) return [];
    const { x, y } = position;
    return typeof x === "number" && typeof y === "number" ? [{ id, x, y }] : [];
  });
}

function waysOf(edges: JsonValue | undefined): [string, string][] {
  return objects(edges).flatMap(({ from, to }) => (typeof from === "string" && typeof to === "string" ? [[from, to] as [string, string]] : []));
}
