/** What React Flow says of the selection becomes the document's, and its words about places a drag. */
import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { type Dispatch, type Selection, same, selected } from "../model/index.ts";
import type { FlowNode, WayEdge } from "./flow.ts";

interface Changes {
  onNodes: (changes: NodeChange<FlowNode>[]) => void;
  onEdges: (changes: EdgeChange<WayEdge>[]) => void;
}

/** Several changes may come before the page is drawn again; each goes on from the last. */
export function useSelection(selection: Selection, dispatch: Dispatch): Changes {
  const latest = useRef(selection);
  useEffect(() => {
    latest.current = selection;
  }, [selection]);
  const tell = useCallback(
    (next: Selection) => {
      if (same(next, latest.current)) return;
      latest.current = next;
      dispatch({ type: "select", selection: next });
    },
    [dispatch],
  );
  const onNodes = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      let next = latest.current;
      for (const change of changes) if (change.type === "select") next = toggled(next, change.id, change.selected);
      tell(next);
    },
    [tell],
  );
  const onEdges = useCallback(
    (changes: EdgeChange<WayEdge>[]) => {
      let { edges } = latest.current;
      for (const change of changes) if (change.type === "select") edges = put(edges, change.id, change.selected);
      tell({ ...latest.current, edges });
    },
    [tell],
  );
  return { onNodes, onEdges };
}

function toggled(selection: Selection, id: string, on: boolean): Selection {
  if (id.startsWith("note:")) return selected({ ...selection, notes: put(selection.notes, id.slice(5), on) });
  if (id.startsWith("group:")) return selected({ ...selection, groups: put(selection.groups, id.slice(6), on) });
  return { ...selection, nodes: put(selection.nodes, id, on) };
}

function put(list: readonly string[], id: string, on: boolean): readonly string[] {
  if (on === list.includes(id)) return list;
  return on ? [...list, id] : list.filter((each) => each !== id);
}
