/** Tests and pins of one draft: what is open, what came of them, and the calls that they make. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { JsonValue, SampleView, Tried } from "@tenuto/react/api";
import { useMemo, useState } from "react";
import { call, reading, stale } from "~/lib/api";
import { trials as say } from "~/lib/strings/trials";
import { toast } from "~/lib/toasts";
import { type Document, type NodeKey, titleOf, write } from "../model/index.ts";
import type { Trials, Wish } from "./context.ts";

interface Opened {
  readonly step: NodeKey | null;
  readonly wish: Wish | null;
  readonly pinning: NodeKey | null;
  readonly run: string | null;
  readonly asked: number;
}

const closed: Opened = { step: null, wish: null, pinning: null, run: null, asked: 0 };

export function useTrials(workflowId: string, document: Document, showTest: () => void): Trials {
  const [open, setOpen] = useState(closed);
  const [results, setResults] = useState<ReadonlyMap<NodeKey, Tried>>(new Map());
  const queries = useQueryClient();
  const pins = usePins(workflowId);
  return useMemo((): Trials => {
    const change = (part: Partial<Opened>): void => setOpen((before) => ({ ...before, ...part }));
    const path = { id: workflowId };
    const nameOf = (key: NodeKey): string => (document.nodes[key] === undefined ? key : titleOf(document.nodes[key]));
    return {
      workflowId,
      ...open,
      results,
      pins,
      openStep: (step) => {
        setOpen((before) => ({ ...before, step, run: null, asked: before.asked + 1 }));
        showTest();
      },
      openWish: (wish) => change({ wish }),
      openPin: (pinning) => change({ pinning }),
      close: () => change({ wish: null, pinning: null }),
      watch: (run) => {
        change({ run, step: null, wish: null });
        showTest();
      },
      test: async (key, given) => {
        const { test } = await call("POST /api/workflows/{id}/test", { path, body: { ...given, node: key, workflow: write(document) as Record<string, JsonValue> } });
        setResults((before) => new Map(before).set(key, test));
        await stale(queries, "workflows");
      },
      pin: async (key, port, value, source) => {
        await call("PUT /api/workflows/{id}/pins/{node}/{port}", { path: { ...path, node: key, port }, body: { value: value as JsonValue, source } });
        await stale(queries, "workflows");
        toast(say.pin.done(nameOf(key)), { tone: "success" });
      },
      unpin: async (key, port) => {
        await call("DELETE /api/workflows/{id}/pins/{node}/{port}", { path: { ...path, node: key, port } });
        await stale(queries, "workflows");
        toast(say.pin.removed(nameOf(key)));
      },
    };
  }, [workflowId, document, open, results, pins, queries, showTest]);
}

const none: readonly SampleView[] = [];

export function usePins(workflowId: string): Trials["pins"] {
  const { data } = useQuery({ ...reading("GET /api/workflows/{id}/pins", { path: { id: workflowId } }), staleTime: 30_000, retry: false });
  const list = data?.pins ?? none;
  return useMemo(() => {
    const found = new Map<NodeKey, SampleView[]>();
    for (const pin of list) found.set(pin.node, [...(found.get(pin.node) ?? []), pin]);
    return found;
  }, [list]);
}
