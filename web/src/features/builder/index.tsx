/** Builder: one workflow, to be drawn, filled in, tried and published. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, type ReactElement, type RefObject, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { readingCatalog } from "~/lib/api";
import { useCommands } from "~/lib/keyboard";
import { usePageCommands } from "~/lib/menu-items";
import { builder as say } from "~/lib/strings/builder";
import { PageFrame } from "~/ui/page-frame";
import { Failed } from "~/ui/read";
import { Loading } from "~/ui/states";
import { Canvas } from "./canvas/canvas.tsx";
import { Lists } from "./canvas/lists.tsx";
import { Palette } from "./canvas/palette.tsx";
import type { CanvasApi } from "./canvas/use-canvas-api.ts";
import { usePickers } from "./canvas/use-pickers.ts";
import { type Ask, useAsked } from "./compare/address.ts";
import { HistoryPanel } from "./history-panel.tsx";
import { addStep, type CatalogData, type EditorView, indexed, noCatalog, type NewStep, setRoot, titleOf } from "./model/index.ts";
import { Outline } from "./outline/index.tsx";
import { ConflictBar } from "./page/conflict-bar.tsx";
import { DraftChip } from "./page/draft-chip.tsx";
import { Heading } from "./page/heading.tsx";
import { Layout } from "./page/layout.tsx";
import { RestoreDialog, type Wish } from "./page/restore-dialog.tsx";
import { TopActions } from "./page/top-actions.tsx";
import { useClipboard } from "./page/use-clipboard.ts";
import { type Draft, useDraft } from "./page/use-draft.ts";
import { useEditor } from "./page/use-editor.ts";
import { useGraphCommands } from "./page/use-graph-commands.ts";
import { useMenuEntries } from "./page/use-menu-entries.ts";
import { usePanels } from "./page/use-panels.ts";
import { useProblemWalk } from "./page/use-problem-walk.ts";
import { useProblems } from "./page/use-problems.ts";
import { TrialsContext } from "./trials/context.ts";
import { PinDialog } from "./trials/pin-dialog.tsx";
import { RunDialog } from "./trials/run-dialog.tsx";
import { useTrialCommands } from "./trials/use-trial-commands.ts";
import { usePins, useTrials } from "./trials/use-trials.ts";

const Compare = lazy(async () => ({ default: (await import("./compare/index.tsx")).Compare }));

export function Page(): ReactElement {
  const { id } = useParams({ strict: false });
  return <Workflow key={id} id={id ?? ""} />;
}

function Workflow({ id }: { id: string }): ReactElement {
  const [state, dispatch] = useEditor();
  const draft = useDraft(id, state, dispatch);
  const catalog = useCatalog();
  const problems = useProblems(state.document, draft.saved !== null);
  const pins = usePins(id);
  const pinned = useMemo(() => new Set(pins.keys()), [pins]);
  const view = useMemo(
    (): EditorView => ({ workflowId: id, document: state.document, selection: state.selection, catalog, problems, pinned, focus: state.focus, dispatch }),
    [id, state.document, state.selection, state.focus, catalog, problems, pinned, dispatch],
  );
  const [asked, ask] = useAsked();
  const [wish, setWish] = useState<Wish | null>(null);
  const restored = (): void => {
    setWish(null);
    if (asked !== null) ask(null);
  };
  if (draft.saved === null) return <Waiting draft={draft} />;
  return (
    <>
      {asked === null ? (
        <Editor view={view} state={state} draft={draft} ask={ask} onWish={setWish} />
      ) : (
        <Suspense fallback={null}>
          <Compare id={id} name={nameOf(state.document)} catalog={catalog} rev={draft.saved.rev} asked={asked} ask={ask} onRestore={setWish} />
        </Suspense>
      )}
      {wish === null ? null : <RestoreDialog id={id} draft={draft} dispatch={dispatch} wish={wish} onDone={restored} onClose={() => setWish(null)} />}
    </>
  );
}

function nameOf({ root }: EditorView["document"]): string {
  return typeof root["name"] === "string" ? root["name"] : "";
}

function Waiting({ draft }: { draft: Draft }): ReactElement {
  const { error } = draft;
  return (
    <PageFrame title={say.page.title}>
      {error === null ? <Loading /> : <Failed error={error} what={say.page.title} needs="workflow:read" onRetry={draft.reload} />}
    </PageFrame>
  );
}

function useCatalog(): EditorView["catalog"] {
  const { data } = useQuery(readingCatalog);
  return useMemo(() => (data === undefined ? noCatalog : indexed(data as unknown as CatalogData)), [data]);
}

const contexts = ["graph", "canvas"] as const;

interface EditorProps {
  view: EditorView;
  state: ReturnType<typeof useEditor>[0];
  draft: Draft;
  ask: Ask;
  onWish: (wish: Wish) => void;
}

function Editor({ view, state, draft, ask, onWish }: EditorProps): ReactElement {
  const { document, catalog, problems, dispatch } = view;
  const navigate = useNavigate();
  const region = useRef<HTMLDivElement>(null);
  const api = useRef<CanvasApi>(null);
  const pickers = usePickers(dispatch);
  const panels = usePanels();
  const trials = useTrials(view.workflowId, document, panels.showTest);
  const trying = useTrialCommands(trials, state.selection);
  const graph = useGraphCommands({ state, dispatch, catalog, pickers, api });
  const walk = useProblemWalk(view);
  const handlers = useMemo(() => {
    const opening = (id: "step.open" | "step.rename") => (event: KeyboardEvent) => (panels.showInspector(), graph[id]?.(event));
    return { ...graph, "step.open": opening("step.open"), "step.rename": opening("step.rename"), ...trying, ...walk, ...panels.handlers };
  }, [graph, trying, walk, panels]);
  // From problem to problem one goes from anywhere on the page, from a field for one.
  useCommands("graph", walk);
  useCommands("graph", handlers, region);
  useCommands("anywhere", { "draft.save": () => void draft.save(), "main.act": () => trials.openWish({ kind: "whole" }) });
  useClipboard(region, state, dispatch);
  const reveal = useCallback(
    (key: string): void => {
      dispatch({ type: "select", selection: { nodes: [key] } });
      requestAnimationFrame(() => api.current?.focus(key));
    },
    [dispatch],
  );
  usePageCommands(contexts, useMenuEntries(handlers, document, reveal));
  const back = (): void => {
    const last = state.selection.nodes.at(-1);
    if (last === undefined) region.current?.focus();
    else api.current?.focus(last);
  };
  useGivenFocus(view, panels.inspector, api);
  const put = useCallback((step: NewStep): void => insert(step, state, dispatch, api.current), [state, dispatch]);
  const name = nameOf(document);
  const canvas = (
    <Canvas
      {...view}
      history={state.history}
      pickers={pickers}
      handlers={handlers}
      api={api}
      onOpen={panels.showInspector}
      onTrigger={(type) => dispatch({ type: "edit", edit: toggledTrigger(type, document) })}
      onTemplate={() => void navigate({ to: "/templates" })}
    />
  );
  return (
    <TrialsContext value={trials}>
    <PageFrame
      fill
      title={name || say.page.title}
      heading={<Heading name={name} dispatch={dispatch} />}
      status={<DraftChip draft={draft} pending={state.pending.length} />}
      actions={<TopActions id={view.workflowId} document={document} draft={draft} problems={problems} onProblems={() => panels.showDock("problems")} onHistory={() => panels.showDock("history")} onTest={() => trials.openWish({ kind: "whole" })} onSee={() => ask({ from: "published", to: "draft" })} />}
    >
      {draft.conflict === null ? null : <ConflictBar onDecide={draft.decide} />}
      <Layout view={view} panels={panels} region={region} canvas={canvas} outline={<Outline view={view} api={api} handlers={handlers} onAdd={() => graph["step.add"]?.(new KeyboardEvent("keydown"))} />} show={(key) => api.current?.show(key)} past={<HistoryPanel id={view.workflowId} draft={draft} ask={ask} onWish={onWish} />} palette={<Palette document={document} catalog={catalog} onPick={put} />} lists={<Lists document={document} catalog={catalog} pickers={pickers} onFound={reveal} onClosed={back} />} />
      <RunDialog view={view} />
      <PinDialog view={view} />
    </PageFrame>
    </TrialsContext>
  );
}

/** The card takes the focus that is meant for it, and that of fields where no inspector is there to take it. */
function useGivenFocus({ focus }: EditorView, inspector: boolean, api: RefObject<CanvasApi | null>): void {
  useEffect(() => {
    if (focus === null) return;
    if (focus.target.on === "card" || !inspector) api.current?.focus(focus.target.node);
    else api.current?.show(focus.target.node);
    // Each wish is granted once.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [focus?.serial]);
}

/** After what is selected, else in the middle of what is seen. */
function insert(step: NewStep, state: EditorProps["state"], dispatch: EditorView["dispatch"], api: CanvasApi | null): void {
  const source = state.selection.nodes.at(-1);
  const node = source === undefined ? undefined : state.document.nodes[source];
  if (source !== undefined && node !== undefined && node.spec.type !== "end") return dispatch({ type: "edit", edit: addStep(step, { kind: "after", source, port: firstPort(titleOf(node), node.spec.type) }) });
  dispatch({ type: "edit", edit: addStep(step, { kind: "free", parent: null, at: api?.middle() ?? { x: 0, y: 0 } }) });
}

function firstPort(_title: string, type: string): string {
  return type === "condition" ? "true" : type === "approval" ? "approved" : type === "switch" ? "default" : "out";
}

/** Adds a trigger of a kind, or takes those of that kind away. */
function toggledTrigger(type: "webhook" | "schedule", document: EditorView["document"]): ReturnType<typeof setRoot> {
  const there = (document.root["triggers"] ?? []) as readonly { readonly id: string; readonly type: string }[];
  const others = there.filter((trigger) => trigger.type !== type);
  if (others.length < there.length) return setRoot(["triggers"], others);
  const made = type === "webhook" ? { id: "webhook", type } : { id: "schedule", type, cron: "0 9 * * 1-5" };
  return setRoot(["triggers"], [...others, made]);
}
