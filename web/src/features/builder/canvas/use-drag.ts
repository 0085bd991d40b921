/** Places while cards are dragged; the end of the drag is one edit. */
import type { NodeChange } from "@xyflow/react";
import { useCallback, useRef, useState } from "react";
import { type Catalog, type Dispatch, type Document, layoutOf, move, offsetIn, type Point } from "../model/index.ts";
import { type FlowNode, groupId, membersOf } from "./flow.ts";

type Drag = ReadonlyMap<string, Point>;
const none: Drag = new Map();

export interface Dragging {
  readonly places: Drag;
  readonly onChanges: (changes: readonly NodeChange<FlowNode>[]) => void;
  readonly onStop: () => void;
}

export function useDrag(document: Document, catalog: Catalog, nodes: readonly FlowNode[], dispatch: Dispatch): Dragging {
  const [places, setPlaces] = useState<Drag>(none);
  const current = useRef<Drag>(none);
  const onChanges = useCallback(
    (changes: readonly NodeChange<FlowNode>[]) => {
      const moved = changes.flatMap((change) => (change.type === "position" && change.dragging === true && change.position !== undefined ? [[change.id, change.position] as const] : []));
      if (moved.length === 0) return;
      current.current = withMembers(document, nodes, new Map([...current.current, ...moved]));
      setPlaces(current.current);
    },
    [document, nodes],
  );
  const onStop = useCallback(() => {
    const final = current.current;
    current.current = none;
    setPlaces(none);
    if (final.size > 0) dispatch({ type: "edit", edit: move(settled(document, catalog, final)) });
  }, [document, catalog, dispatch]);
  return { places, onChanges, onStop };
}

/** A group takes its members with it. */
function withMembers(document: Document, nodes: readonly FlowNode[], drag: Map<string, Point>): Drag {
  for (const [id, group] of Object.entries(layoutOf(document, "groups"))) {
    const to = drag.get(groupId(id));
    const from = nodes.find((node) => node.id === groupId(id))?.position;
    if (to === undefined || from === undefined) continue;
    for (const key of membersOf(group as never)) {
      const node = nodes.find((each) => each.id === key);
      if (node !== undefined && !node.selected) drag.set(key, { x: node.position.x + to.x - from.x, y: node.position.y + to.y - from.y });
    }
  }
  return drag;
}

function settled(document: Document, catalog: Catalog, drag: Drag): Parameters<typeof move>[0] {
  const nodes = new Map<string, Point>();
  const notes = new Map<string, Point>();
  for (const [id, place] of drag) {
    const node = document.nodes[id];
    if (node !== undefined) {
      const offset = offsetIn(document, catalog, node.parent);
      nodes.set(id, { x: place.x - offset.x, y: place.y - offset.y });
    } else if (id.startsWith("note:")) notes.set(id.slice(5), place);
  }
  return { nodes, notes };
}
