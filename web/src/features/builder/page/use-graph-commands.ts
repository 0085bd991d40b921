/** What the keys and buttons of the graph do, on the canvas and in the outline. */
import { type RefObject, useMemo } from "react";
import type { Handlers } from "~/lib/keyboard";
import { builder as say } from "~/lib/strings/builder";
import { toast } from "~/lib/toasts";
import type { CanvasApi } from "../canvas/use-canvas-api.ts";
import type { Pickers } from "../canvas/use-pickers.ts";
import {
  addNote, around, copied, type Dispatch, downstream, type EditorState, geometryOf, graphOf, group, move, type NodeKey, paste, type Point, portsOf, readClip, remove, type Catalog, tidied, topological, ungroup, upstream,
} from "../model/index.ts";
import { elk } from "../canvas/elk.ts";

export interface Commanding {
  readonly state: EditorState;
  readonly dispatch: Dispatch;
  readonly catalog: Catalog;
  readonly pickers: Pickers;
  readonly api: RefObject<CanvasApi | null>;
}

export function useGraphCommands(given: Commanding): Handlers {
  const { state, dispatch, catalog, pickers, api } = given;
  return useMemo((): Handlers => {
    const { document, selection } = state;
    const lead = selection.nodes.at(-1);
    const one = (act: (key: NodeKey) => void) => () => (lead === undefined ? undefined : act(lead));
    const choose = (nodes: Iterable<NodeKey>): void => dispatch({ type: "select", selection: { nodes: [...nodes] } });
    return {
      "step.add": () => addAfter(given, lead ?? topological(document, null).at(-1)),
      "step.insert": one((key) => pickers.pick({ kind: "before", target: key }, place(api, key))),
      "step.open": one((key) => dispatch({ type: "focus", target: { on: "first-field", node: key } })),
      "step.rename": one((key) => dispatch({ type: "focus", target: { on: "name", node: key } })),
      "step.connect": one((key) => pickers.connectFrom(key, freePort(given, key))),
      "step.delete": () => dispatch({ type: "edit", edit: remove(selection) }),
      "step.remove": () => dispatch({ type: "edit", edit: remove(selection, true) }),
      "select.upstream": () => choose([...upstream(document, selection.nodes), ...selection.nodes]),
      "select.downstream": () => choose([...selection.nodes, ...downstream(document, selection.nodes)]),
      "select.all": () => choose(topological(document, lead === undefined ? null : (document.nodes[lead]?.parent ?? null))),
      "edit.duplicate": one(() => duplicate(given)),
      "edit.undo": () => dispatch({ type: "undo" }),
      "edit.redo": () => dispatch({ type: "redo" }),
      "group.make": () => dispatch({ type: "edit", edit: group(selection.nodes) }),
      "group.dissolve": () => dispatch({ type: "edit", edit: ungroup(document, selection.groups, selection.nodes) }),
      "note.add": () => dispatch({ type: "edit", edit: addNote(noteSpot(given)) }),
      "graph.tidy": () => void tidy(given),
      "graph.find": () => pickers.find(),
    };
    // `given` is made of exactly these.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [state.document, state.selection, dispatch, catalog, pickers, api]);
}

/** In the middle of what is seen, or under everything where cards stand there. */
function noteSpot({ state, catalog, api }: Commanding): Point {
  const middle = api.current?.middle() ?? { x: 0, y: 0 };
  const boxes = [...geometryOf(state.document, catalog).boxes.values()];
  const taken = boxes.some((box) => middle.x < box.x + box.width && middle.x + 240 > box.x && middle.y < box.y + box.height && middle.y + 120 > box.y);
  const all = around(boxes);
  return taken && all !== undefined ? { x: middle.x, y: all.y + all.height + 48 } : middle;
}

function place(api: Commanding["api"], key: NodeKey): { x: number; y: number } {
  return api.current?.beside(key) ?? { x: innerWidth / 2 - 180, y: 120 };
}

function freePort({ state, catalog, api }: Commanding, key: NodeKey): string {
  const chosen = api.current?.spot?.();
  if (chosen?.kind === "after" && chosen.source === key) return chosen.port;
  const node = state.document.nodes[key];
  const ports = node === undefined ? [] : portsOf(node, catalog);
  const taken = new Set((graphOf(state.document).from.get(key) ?? []).map((link) => link.port));
  return ports.find((port) => !taken.has(port)) ?? ports[0] ?? "out";
}

function addAfter(given: Commanding, source: NodeKey | undefined): void {
  const { pickers, api } = given;
  if (source === undefined) return pickers.pick({ kind: "free", parent: null, at: { x: 0, y: 0 } }, { x: innerWidth / 2 - 180, y: 160 });
  const chosen = api.current?.spot?.() ?? null;
  if (chosen !== null) return pickers.pick(chosen, place(api, source));
  const ends = given.state.document.nodes[source]?.spec.type === "end";
  const at = place(api, source);
  pickers.pick(ends ? { kind: "before", target: source } : { kind: "after", source, port: freePort(given, source) }, at);
}

function duplicate({ state, dispatch }: Commanding): void {
  const clip = readClip(copied(state.document, state.selection.nodes));
  if (typeof clip === "string") return;
  const parent = state.document.nodes[state.selection.nodes[0] ?? ""]?.parent ?? null;
  dispatch({ type: "edit", edit: paste(clip, { parent }, say.labels.duplicate) });
}

/** The selection, else everything. */
async function tidy({ state, dispatch, catalog, api }: Commanding): Promise<void> {
  const { ask, end } = elk();
  try {
    const { nodes } = state.selection;
    const places = await tidied(state.document, catalog, ask, nodes.length > 1 ? nodes : undefined);
    dispatch({ type: "edit", edit: move({ nodes: places }, say.labels.tidy) });
    if (nodes.length > 1) return;
    const { boxes } = geometryOf(state.document, catalog);
    const top = [...places].filter(([key]) => state.document.nodes[key]?.parent === null);
    api.current?.fit(top.map(([key, place]) => ({ width: 240, height: 80, ...boxes.get(key), ...place })));
  } catch {
    toast(say.canvas.tidyFailed, { tone: "danger" });
  } finally {
    end();
  }
}
