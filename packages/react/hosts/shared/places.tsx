/** Every other hook, in the least that a page does with it. */
"use client";

import {
  useAgents,
  useApprovals,
  useCatalog,
  useConnections,
  useWorkflowHistory,
  useWorkflowManagement,
  type WorkflowDefinition,
} from "@tenuto/react";

export function Places({ workflow }: { workflow: WorkflowDefinition }) {
  return (
    <>
      <Agents />
      <Approvals />
      <Catalog />
      <Connections />
      <History />
      <Management workflow={workflow} />
    </>
  );
}

function Agents() {
  const { agents, createAgent, updateAgent, deleteAgent, error } = useAgents();
  const made = agents.find(({ name }) => name.startsWith("Writer"));
  return (
    <section aria-label="Agents">
      <button type="button" onClick={() => void createAgent({ name: "Writer", agent_id: "w", type: "specialist" })}>Create</button>
      <button type="button" onClick={() => void (made && updateAgent(made.id, { name: "Writer of letters" }))}>Rename</button>
      <button type="button" onClick={() => void (made && deleteAgent(made.id))}>Delete</button>
      <output aria-label="Agents' names">{agents.map(({ name }) => name).join(", ")}</output>
      <output aria-label="Agents' error">{error ?? ""}</output>
    </section>
  );
}

function Approvals() {
  const { approvals, refresh, decide, error } = useApprovals({ whose: "all" });
  return (
    <section aria-label="Approvals">
      <button type="button" onClick={() => void refresh()}>Ask again</button>
      <output aria-label="Approvals' error">{error ?? ""}</output>
      <ul>
        {approvals.map(({ id, title, digest }) => (
          <li key={id}>
            {title} <button type="button" onClick={() => void decide(id, { decision: "approve", digest })}>Approve</button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Catalog() {
  const { catalog, fetchOptions, error } = useCatalog();
  return (
    <section aria-label="Catalog">
      <button type="button" onClick={() => void fetchOptions("nobody", "nothing", "none")}>Options of nothing</button>
      <output aria-label="Kinds">{catalog?.kinds.map(({ type }) => type).join(" ") ?? ""}</output>
      <output aria-label="Catalog's error">{error ?? ""}</output>
    </section>
  );
}

function Connections() {
  const { connections, addConnection, removeConnection, error } = useConnections("github");
  return (
    <section aria-label="Connections">
      <button type="button" onClick={() => void addConnection({ integration: "github", name: "", secret: "s" })}>Add without a name</button>
      <button type="button" onClick={() => connections.forEach(({ id }) => void removeConnection(id))}>Remove</button>
      <output aria-label="Connections' names">{connections.map(({ name }) => name).join(", ")}</output>
      <output aria-label="Connections' error">{error ?? ""}</output>
    </section>
  );
}

function History() {
  const { executions, refresh } = useWorkflowHistory();
  return (
    <section aria-label="History">
      <button type="button" onClick={() => void refresh()}>Refresh</button>
      <output aria-label="Runs">{executions.map(({ status }) => status).join(" ")}</output>
    </section>
  );
}

function Management({ workflow }: { workflow: WorkflowDefinition }) {
  const { workflows, createWorkflow, deleteWorkflow, error } = useWorkflowManagement();
  return (
    <section aria-label="Management">
      <button type="button" onClick={() => void createWorkflow(workflow)}>Store</button>
      <button type="button" onClick={() => void deleteWorkflow(workflow.id)}>Forget</button>
      <output aria-label="Workflows">{workflows.map(({ name }) => name).join(", ")}</output>
      <output aria-label="Management's error">{error ?? ""}</output>
    </section>
  );
}
