/** How the step is run: tries, time limit, what happens on an error, notes. Made of the schema of every node. */
import type { ReactElement } from "react";
import type { DocNode, EditorView } from "../model/index.ts";
import { SchemaForm } from "./schema-form.tsx";

const shownElsewhere = new Set(["id", "type", "name", "config", "position", "next_nodes", "nextNodes", "agent"]);

export function SettingsTab({ node, view }: { node: DocNode; view: EditorView }): ReactElement {
  return (
    <div className="p-4">
      <SchemaForm key={node.key} schema={view.catalog.data.node} path={[]} value={node.spec} without={shownElsewhere} open />
    </div>
  );
}
