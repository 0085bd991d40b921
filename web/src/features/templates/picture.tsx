/** The graph of a workflow in small: its steps where they stand, each with the picture of its kind, and the ways between them. */
import type { Picture as Graph } from "@tenuto/react/api";
import type { ReactElement } from "react";
import { KindIcon } from "~/ui/kind-icon";

const [width, height, icon, edge] = [240, 80, 48, 20];

const tones: Readonly<Record<string, string>> = {
  agent: "fill-accent-soft stroke-accent text-accent",
  team: "fill-accent-soft stroke-accent text-accent",
  approval: "fill-warning-soft stroke-warning text-warning",
  integration: "fill-success-soft stroke-success text-success",
};

export function Picture({ label, graph }: { label: string; graph: Graph }): ReactElement | null {
  const { nodes, edges } = graph;
  if (nodes.length === 0) return null;
  const at = new Map(nodes.map((node) => [node.id, node]));
  const [left, top] = [Math.min(...nodes.map(({ x }) => x)) - edge, Math.min(...nodes.map(({ y }) => y)) - edge];
  const [right, bottom] = [Math.max(...nodes.map(({ x }) => x)) + width + edge, Math.max(...nodes.map(({ y }) => y)) + height + edge];
  return (
    <svg role="img" aria-label={label} viewBox={`${left} ${top} ${right - left} ${bottom - top}`} className="h-36 w-full rounded bg-canvas p-2">
      {edges.map(({ source, target }) => {
        const [from, to] = [at.get(source), at.get(target)];
        if (from === undefined || to === undefined) return null;
        const [x1, y1, x2, y2] = [from.x + width, from.y + height / 2, to.x, to.y + height / 2];
        const middle = (x1 + x2) / 2;
        return <path key={`${source} ${target}`} d={`M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`} className="fill-none stroke-edge" strokeWidth={5} />;
      })}
      {nodes.map(({ id, name, type, x, y }) => (
        <g key={id} className={tones[type] ?? "fill-surface stroke-edge text-muted"}>
          <title>{name}</title>
          <rect x={x} y={y} width={width} height={height} rx={14} strokeWidth={5} />
          <g transform={`translate(${x + (width - icon) / 2} ${y + (height - icon) / 2})`}>
            <KindIcon kind={type} size={icon} className="fill-none" />
          </g>
        </g>
      ))}
    </svg>
  );
}
