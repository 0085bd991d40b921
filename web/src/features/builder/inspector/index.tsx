/** The inspector: what is selected, as a form. */
import { type ReactElement, useMemo, useRef, useState } from "react";
import { call } from "~/lib/api.ts";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { Input } from "~/ui/field.tsx";
import { Tabs } from "~/ui/tabs.tsx";
import { plainText } from "../form/plain.ts";
import { configOf, type DocNode, type EditorView, rename, titleOf } from "../model/index.ts";
import type { CodeHandle } from "./code-area.tsx";
import { ConnectionsTab } from "./connections-tab.tsx";
import { DataTab } from "./data-tab.tsx";
import { FormContext, type FormValues, type Option } from "./form-context.tsx";
import { SettingsTab } from "./settings-tab.tsx";
import { SetupTab } from "./setup-tab.tsx";
import { type Samples, scopeOf, surroundingsOf } from "./surroundings.ts";
import { useFocus } from "./use-focus.ts";
import { useSamples } from "./use-samples.ts";
import { WorkflowPanel } from "./workflow-panel.tsx";

type TabId = "setup" | "data" | "settings" | "connections";

export interface InspectorProps {
  readonly view: EditorView;
  readonly readOnly?: boolean;
}

export function Inspector({ view, readOnly = false }: InspectorProps): ReactElement {
  const samples = useSamples(view.workflowId);
  const { nodes } = view.selection;
  const node = nodes.length === 1 ? view.document.nodes[nodes[0] ?? ""] : undefined;
  if (node !== undefined) return <StepInspector node={node} view={view} samples={samples} readOnly={readOnly} />;
  if (nodes.length > 1) {
    return (
      <div className="p-4">
        <h2 className="text-base font-semibold">{words.several(nodes.length)}</h2>
        <p className="mt-1 text-sm text-muted">{words.severalHelp}</p>
      </div>
    );
  }
  return <WorkflowPanel view={view} />;
}

function StepInspector({ node, view, samples, readOnly }: { node: DocNode; view: EditorView; samples: Samples; readOnly: boolean }): ReactElement {
  const [tab, setTab] = useState<TabId>("setup");
  const panel = useRef<HTMLDivElement>(null);
  const form = useFormOf(node, view, samples, readOnly);
  useFocus(view, node.key, panel, setTab);
  const problems = view.problems.filter((problem) => problem.node === node.key).length;
  return (
    <FormContext value={form}>
      {/* Keys that no field took: Escape goes back to the step in the view that is open. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        ref={panel}
        className="flex h-full min-h-0 flex-col"
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.defaultPrevented) return;
          event.preventDefault();
          view.dispatch({ type: "focus", target: { on: "card", node: node.key } });
        }}
      >
        <header className="flex flex-col gap-1 px-4 pt-3 pb-2">
          <Input
            aria-label={words.name}
            data-inspector-name
            value={plainText(node.spec["name"])}
            placeholder={titleOf(node)}
            readOnly={readOnly}
            className="-ml-[11px] border-transparent text-base font-semibold hover:border-edge focus:border-edge"
            onChange={(event) => view.dispatch({ type: "edit", edit: rename(node.key, event.target.value) })}
            onBlur={() => view.dispatch({ type: "rest" })}
          />
          <p className="text-xs text-muted">
            {words.kind(view.catalog.kinds.get(node.spec.type)?.name ?? node.spec.type)} · <code className="font-mono">{node.spec.id}</code>
          </p>
        </header>
        <Tabs<TabId>
          label={words.tabs.label}
          value={tab}
          onChange={setTab}
          className="min-h-0 flex-1"
          panelClassName="overflow-y-auto"
          tabs={[
            { id: "setup", label: words.tabs.setup, count: problems === 0 ? undefined : problems, content: <SetupTab key={node.key} node={node} view={view} /> },
            { id: "data", label: words.tabs.data, content: <DataTab key={node.key} node={node} /> },
            { id: "settings", label: words.tabs.settings, content: <SettingsTab node={node} view={view} /> },
            { id: "connections", label: words.tabs.connections, content: <ConnectionsTab node={node} view={view} /> },
          ]}
        />
      </div>
    </FormContext>
  );
}

function useFormOf(node: DocNode, view: EditorView, samples: Samples, readOnly: boolean): FormValues {
  const last = useRef<CodeHandle | null>(null);
  const { document, catalog, problems, dispatch, workflowId } = view;
  const around = useMemo(() => surroundingsOf(document, catalog, node.key, samples), [document, catalog, node.key, samples]);
  const scope = useMemo(() => scopeOf(around), [around]);
  return useMemo(
    () => ({ workflowId, node: node.key, around, scope, problems, dispatch, readOnly, options: optionsOf(node), remember: (field) => (last.current = field), insert: (path) => last.current?.insert(path) }),
    [workflowId, node, around, scope, problems, dispatch, readOnly],
  );
}

/** Asks the connected application for the choices of a parameter, with what is filled in so far. */
function optionsOf(node: DocNode): FormValues["options"] {
  const { integration, action, params } = configOf(node);
  if (node.spec.type !== "integration" || typeof integration !== "string" || typeof action !== "string") return null;
  return async (parameter) => {
    const query = { parameter, params: JSON.stringify(params ?? {}) };
    const answer = await call("GET /api/catalog/{connector}/{action}/options", { path: { connector: integration, action }, query });
    return answer.options as readonly Option[];
  };
}
