/** What the step does: its action or agent, and the fields of it. */
import type { ReactElement } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { Field, Select } from "~/ui/field.tsx";
import { plainText } from "../form/plain.ts";
import type { Schema } from "../form/schema.ts";
import { actionOf, type Catalog, configOf, connectorOf, type DocNode, type EditorView, type JsonObject, schemaOf, setField } from "../model/index.ts";
import { AgentPart } from "./agent-part.tsx";
import { SchemaForm } from "./schema-form.tsx";

const shownElsewhere: Readonly<Record<string, ReadonlySet<string>>> = {
  integration: new Set(["integration", "action", "params"]),
  agent: new Set(["agent"]),
  // The steps of a body stand on the canvas.
  map: new Set(["body"]),
  loop: new Set(["body"]),
};

export function SetupTab({ node, view }: { node: DocNode; view: EditorView }): ReactElement {
  const { catalog } = view;
  const { schema, path } = schemaOf(node, catalog);
  const value = path.length === 2 ? configOf(node)["params"] : configOf(node);
  const kind = catalog.kinds.get(node.spec.type);
  return (
    <div className="flex flex-col gap-4 p-4">
      {node.spec.type === "integration" ? <ActionPart node={node} view={view} /> : kind === undefined ? null : <p className="text-sm text-muted">{kind.doc}</p>}
      {node.spec.type === "agent" ? <AgentPart node={node} view={view} /> : null}
      <SchemaForm key={`${node.key} ${node.spec.type} ${actionOf(node, catalog)?.key ?? ""}`} schema={schema} path={path} value={value} {...elsewhere(node.spec.type)} />
      {node.spec.type === "integration" ? <Connection node={node} catalog={catalog} /> : null}
    </div>
  );
}

function elsewhere(type: string): { without?: ReadonlySet<string> } {
  const without = shownElsewhere[type];
  return without === undefined ? {} : { without };
}

/** The field of the kind that says whose account is used, beside those of the action. */
function Connection({ node, catalog }: { node: DocNode; catalog: Catalog }): ReactElement | null {
  const config = catalog.kinds.get("integration")?.config as Schema | undefined;
  const connection = config?.properties?.["connection"];
  if (connection === undefined) return null;
  const schema = { type: "object", $defs: config?.$defs ?? {}, properties: { connection } };
  return <SchemaForm key={`${node.key} connection`} schema={schema as unknown as JsonObject} path={["config"]} value={configOf(node)} />;
}

/** Which application, and what it is to do. */
function ActionPart({ node, view }: { node: DocNode; view: EditorView }): ReactElement {
  const { catalog, dispatch } = view;
  const connector = connectorOf(node, catalog);
  const action = actionOf(node, catalog);
  const config = configOf(node);
  const set = (name: string, value: string): void => dispatch({ type: "edit", edit: setField(node.key, ["config", name], value) });
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label={words.setup.application}>
          {(control) => (
            <Select {...control} value={plainText(config["integration"])} onChange={(event) => set("integration", event.target.value)}>
              {connector === undefined ? <option value={plainText(config["integration"])}>{plainText(config["integration"] ?? words.choose)}</option> : null}
              {catalog.data.connectors.map((each) => (
                <option key={each.key} value={each.key}>
                  {each.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={words.setup.action}>
          {(control) => (
            <Select {...control} value={plainText(config["action"])} onChange={(event) => set("action", event.target.value)}>
              {action === undefined ? <option value={plainText(config["action"])}>{plainText(config["action"] ?? words.choose)}</option> : null}
              {(connector?.actions ?? []).map((each) => (
                <option key={each.key} value={each.key}>
                  {each.doc.split("\n")[0]?.replace(/\.$/, "") ?? each.key}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {action === undefined ? null : (
        <p className="text-xs text-muted">
          {words.setup.effects[action.effect] ?? action.effect}
          {action.scopes.length === 0 ? "" : ` · ${words.setup.scopes(action.scopes.join(", "))}`}
        </p>
      )}
    </>
  );
}
