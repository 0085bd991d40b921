/** The page that every host shows: a run that is started and watched, and the places around it. */
"use client";

import { WorkflowMonitor, useClient, useWorkflow, useWorkflowMonitor, useWorkflowStatus, type WorkflowDefinition } from "@tenuto/react";
import "@tenuto/react/styles.css";
import { useState } from "react";

export function Runs({ workflow }: { workflow: WorkflowDefinition }) {
  const { executeWorkflow, loading, error, execution, clearError } = useWorkflow();
  const client = useClient();
  const [ends, setEnds] = useState<boolean[]>([]);
  const [finished, setFinished] = useState("");

  async function run() {
    const started = await executeWorkflow(workflow, "My invoice is wrong");
    if (started === null) return;
    setFinished("not yet");
    const { status, error } = await started.finished;
    setFinished(error ? `${status}: ${error}` : status);
  }

  return (
    <main>
      <button type="button" disabled={loading} onClick={() => void run()}>
        Run
      </button>
      <button type="button" onClick={() => void (execution && client.call("POST /api/executions/{id}/cancel", { path: { id: execution.id } }))}>
        Cancel
      </button>
      <button type="button" onClick={() => void executeWorkflow({ ...workflow, startNode: "nowhere" }, "My invoice is wrong")}>
        Run what is broken
      </button>
      {error ? (
        <p role="alert">
          {error} <button type="button" onClick={clearError}>Understood</button>
        </p>
      ) : null}
      <output aria-label="Execution">{execution ? `${execution.id} ${execution.status}` : "none"}</output>
      <output aria-label="Finished">{finished}</output>
      <output aria-label="Ends">{ends.join(" ")}</output>
      {execution ? <Updates executionId={execution.id} /> : null}
      {execution ? <WorkflowMonitor executionId={execution.id} onComplete={(success) => setEnds((known) => [...known, success])} /> : null}
    </main>
  );
}

function Updates({ executionId }: { executionId: string }) {
  const { updates, connected, error } = useWorkflowMonitor(executionId);
  const { state, progress } = useWorkflowStatus(updates);
  return (
    <section aria-label="Updates">
      <output aria-label="Connected">{String(connected)}</output>
      <output aria-label="Connection error">{error ?? ""}</output>
      <output aria-label="Status">{`${state} ${progress}`}</output>
      <ol>{updates.map(({ seq, type }, index) => (seq === undefined ? null : <li key={index}>{`${seq} ${type}`}</li>))}</ol>
    </section>
  );
}
