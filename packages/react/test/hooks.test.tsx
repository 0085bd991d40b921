/**
 * The five kept hooks and the monitor, as a page uses them: real HTTP to a server of the routes.
 * @vitest-environment happy-dom
 */
import { act, render, renderHook, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { WorkflowDefinition } from "../src/core/kept.ts";
import {
  WorkflowMonitor,
  useWorkflow,
  useWorkflowHistory,
  useWorkflowManagement,
  useWorkflowMonitor,
  useWorkflowStatus,
} from "../src/index.ts";
import { double, page } from "./page.tsx";
import { type Answering, begin, json, send } from "./server.ts";

const workflow: WorkflowDefinition = { id: "w", name: "W", nodes: [{ id: "a", type: "transform", config: {} }], startNode: "a" };
const run = (status: string): object => ({ id: "r", workflow_id: "w", status, started: "2026-03-01T12:00:00Z", results: {} });
const graph = { start_node: "a", nodes: [], edges: [] };

/** A server on which one run goes well, or not. */
function oneRun(end: "workflow_completed" | "workflow_failed"): Answering {
  const status = end === "workflow_completed" ? "completed" : "failed";
  return (asked, response) => {
    if (asked.path === "/api/workflow/execute") return json(response, { execution: run("pending") }, 202);
    if (asked.path === "/api/workflows/executions") return json(response, { execution: run(status) });
    if (asked.path === "/api/executions/r") return json(response, { execution: { id: "r", graph } });
    begin(response);
    const after = Number(asked.headers["last-event-id"] ?? 0);
    const events = [
      ["workflow_started", { workflow_name: "W" }],
      ["node_started", { node_id: "a", node_type: "transform" }],
      ["node_completed", { node_id: "a", node_type: "transform", result: 1 }],
      [end, { error: "It broke." }],
    ] as const;
    events.forEach(([type, data], index) => index + 1 > after && send(response, index + 1, type, data));
    response.end();
  };
}

describe("useWorkflow", () => {
  it("resolves with the pending run at once, and with its end when it has ended", async () => {
    const { result } = renderHook(() => useWorkflow(), await page(oneRun("workflow_completed")));
    expect(result.current).toMatchObject({ loading: false, error: null, execution: null });
    const started = await act(() => result.current.executeWorkflow(workflow, "hi", "ada"));
    expect(started).toMatchObject({ id: "r", status: "pending" });
    await act(async () => expect(await started?.finished).toMatchObject({ status: "completed" }));
    await waitFor(() => expect(result.current.execution).toMatchObject({ status: "completed" }));
    const sent = double.asked.find(({ path }) => path === "/api/workflow/execute");
    expect(JSON.parse(sent?.body ?? "")).toEqual({ workflow, message: "hi", user_id: "ada" });
  });

  it("says why a start was refused, and forgets it when told to", async () => {
    const refusing = await page((_, response) => json(response, { error: "startNode names no node." }, 422));
    const { result } = renderHook(() => useWorkflow(), refusing);
    expect(await act(() => result.current.executeWorkflow(workflow, "hi"))).toBeNull();
    expect(result.current).toMatchObject({ error: "startNode names no node.", loading: false });
    act(() => result.current.clearError());
    expect(result.current.error).toBeNull();
  });
});

describe("useWorkflowHistory", () => {
  it("shows the answer of the latest question, whichever comes last", async () => {
    const slow: Answering = (asked, response) => {
      const id = asked.query.get("workflow_id");
      setTimeout(() => json(response, { executions: [{ ...run("completed"), id: id ?? "all" }], total: 1 }), id === null ? 150 : 0);
    };
    const { result } = renderHook(() => useWorkflowHistory(), await page(slow));
    expect(result.current.loading).toBe(true);
    await act(() => result.current.fetchExecutions("w", "completed"));
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(result.current.executions.map(({ id }) => id)).toEqual(["w"]);
    await act(() => result.current.refresh());
    expect(double.asked.at(-1)?.query.toString()).toBe("workflow_id=w&status=completed");
    expect(result.current).toMatchObject({ loading: false, error: null });
  });
});

describe("useWorkflowManagement", () => {
  it("creates, changes and deletes, and shows it", async () => {
    const server: Answering = ({ method, body }, response) => {
      if (method === "GET") return json(response, { workflows: [workflow], next: null });
      if (method === "DELETE") return json(response, { message: "Gone." });
      return json(response, { workflow: { ...workflow, id: "n", ...(JSON.parse(body) as object) } });
    };
    const { result } = renderHook(() => useWorkflowManagement(), await page(server));
    await waitFor(() => expect(result.current.workflows).toHaveLength(1));
    await act(() => result.current.createWorkflow({ name: "New", nodes: [], startNode: "a" }));
    expect(result.current.workflows.map(({ name }) => name)).toEqual(["New", "W"]);
    await act(() => result.current.updateWorkflow("w", { name: "Changed" }));
    expect(result.current.workflows.map(({ name }) => name)).toEqual(["New", "Changed"]);
    expect(await act(() => result.current.deleteWorkflow("w"))).toBe(true);
    expect(result.current.workflows.map(({ id }) => id)).toEqual(["n"]);
  });

  it("keeps what it shows where a change is refused", async () => {
    const server: Answering = ({ method }, response) =>
      method === "GET" ? json(response, { workflows: [workflow] }) : json(response, { error: "You may not." }, 403);
    const { result } = renderHook(() => useWorkflowManagement(), await page(server));
    await waitFor(() => expect(result.current.workflows).toHaveLength(1));
    expect(await act(() => result.current.deleteWorkflow("w"))).toBe(false);
    expect(result.current).toMatchObject({ error: "You may not.", workflows: [workflow], loading: false });
  });
});

describe("useWorkflowMonitor and useWorkflowStatus", () => {
  it("show every event once, mounted twice or not", async () => {
    const { result } = renderHook(() => {
      const { updates, connected, error } = useWorkflowMonitor("r");
      return { updates, connected, error, status: useWorkflowStatus(updates) };
    }, await page(oneRun("workflow_completed")));
    await waitFor(() => expect(result.current.status.state).toBe("completed"));
    expect(result.current.updates.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(result.current.status).toMatchObject({ progress: 100 });
    await waitFor(() => expect(result.current.connected).toBe(false));
    expect(result.current.error).toBeNull();
  });

  it("close one second after the end where the server does not", async () => {
    const server: Answering = (_, response) => {
      begin(response);
      send(response, 1, "workflow_completed");
    };
    const { result } = renderHook(() => useWorkflowMonitor("r"), await page(server));
    await waitFor(() => expect(result.current.updates).toHaveLength(1));
    expect(result.current.connected).toBe(true);
    await waitFor(() => expect(result.current.connected).toBe(false), { timeout: 2_000 });
  });

  it("ask for nothing while they are not enabled or there is no run", async () => {
    const surroundings = await page(oneRun("workflow_completed"));
    const { result } = renderHook(() => [useWorkflowMonitor("r", false), useWorkflowMonitor(null)], surroundings);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(double.asked).toHaveLength(0);
    expect(result.current.map(({ updates, connected }) => [updates.length, connected])).toEqual([[0, false], [0, false]]);
  });

  it("say what is refused, and forget updates when told to", async () => {
    const { result } = renderHook(() => useWorkflowMonitor("r"), await page((_, response) => json(response, { error: "No such run." }, 404)));
    await waitFor(() => expect(result.current.error).toBe("No such run."));
    act(() => result.current.clearUpdates());
    expect(result.current.updates).toEqual([]);
  });
});

describe("<WorkflowMonitor>", () => {
  it.each([
    ["workflow_completed", true, "The workflow is done."],
    ["workflow_failed", false, "It broke."],
  ] as const)("shows %s in words and tells it once", async (end, success, sentence) => {
    const told: boolean[] = [];
    const { rerender } = render(<WorkflowMonitor executionId="r" onComplete={(well) => told.push(well)} />, await page(oneRun(end)));
    await waitFor(() => expect(told).toEqual([success]));
    expect(screen.getByRole("status").textContent).toBe(sentence);
    expect(screen.getByRole("list", { name: "Steps" }).textContent).toContain("Done");
    rerender(<WorkflowMonitor executionId="r" onComplete={(well) => told.push(well)} />);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toEqual([success]);
  });

  it("says what is wrong where there is no such run, and tells nobody that it has ended", async () => {
    const told: boolean[] = [];
    const lost = await page((_, response) => json(response, { error: "There is no such run." }, 404));
    render(<WorkflowMonitor executionId="r" onComplete={(well) => told.push(well)} />, lost);
    expect((await screen.findByRole("alert")).textContent).toBe("There is no such run.");
    expect(told).toEqual([]);
  });
});
