/**
 * What is left behind when a component goes, and what strict mode mounts twice: nothing may go on, be lost or come double.
 * @vitest-environment happy-dom
 */
import { act, render, renderHook, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WorkflowDefinition } from "../src/core/kept.ts";
import { WorkflowMonitor, useAgents, useWorkflow, useWorkflowHistory, useWorkflowMonitor } from "../src/index.ts";
import { double, page } from "./page.tsx";
import { type Answering, begin, json, send } from "./server.ts";

const workflow: WorkflowDefinition = { id: "w", name: "W", nodes: [{ id: "a", type: "transform", config: {} }], startNode: "a" };
const graph = { start_node: "a", nodes: [], edges: [] };

/** Streams that are open at the server now. */
let open: Set<string>;
/** What React complains about: a page that is clean has nothing in its console. */
const complaints = vi.spyOn(console, "error");

beforeEach(() => {
  open = new Set();
  complaints.mockClear();
});
afterEach(() => {
  if (complaints.mock.calls.length > 0) throw new Error(complaints.mock.calls.flat().join("\n"));
});

/** Runs that go on for as long as somebody watches; the one called `done` has ended. */
const server: Answering = (asked, response, nth) => {
  if (asked.path === "/api/workflow/execute") return json(response, { execution: { id: "r", workflow_id: "w", status: "pending" } }, 202);
  if (asked.path.startsWith("/api/executions/")) return json(response, { execution: { id: "r", graph } });
  const id = asked.query.get("execution_id") ?? "";
  const name = `${id} ${nth}`;
  open.add(name);
  response.on("close", () => open.delete(name));
  begin(response);
  if (Number(asked.headers["last-event-id"] ?? 0) < 1) {
    send(response, 1, "workflow_started", { workflow_name: id });
    send(response, 2, "node_started", { node_id: `step of ${id}`, node_type: "transform" });
  }
  if (id !== "done") return;
  send(response, 3, "workflow_completed");
  response.end();
};

describe("a watched run", () => {
  it("has one stream though it is mounted twice, and none when the page is left", async () => {
    const { result, unmount } = renderHook(() => useWorkflowMonitor("r"), await page(server));
    await waitFor(() => expect(result.current.updates.map(({ seq }) => seq)).toEqual([1, 2]));
    await waitFor(() => expect(open.size).toBe(1));
    unmount();
    await waitFor(() => expect(open.size).toBe(0));
    const asked = double.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(double.asked).toHaveLength(asked);
  });

  it("is closed when it is no longer enabled, and goes on after what was seen", async () => {
    const { result, rerender } = renderHook(({ enabled }) => useWorkflowMonitor("r", enabled), {
      ...(await page(server)),
      initialProps: { enabled: true },
    });
    await waitFor(() => expect(result.current.updates).toHaveLength(2));
    rerender({ enabled: false });
    await waitFor(() => expect(open.size).toBe(0));
    rerender({ enabled: true });
    await waitFor(() => expect(result.current.connected).toBe(true));
    expect(double.asked.at(-1)?.headers["last-event-id"]).toBe("2");
    expect(result.current.updates.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("gives way to the next one, of which nothing of the first is left", async () => {
    const { result, rerender } = renderHook(({ id }) => useWorkflowMonitor(id), { ...(await page(server)), initialProps: { id: "first" } });
    await waitFor(() => expect(result.current.updates).toHaveLength(2));
    rerender({ id: "second" });
    expect(result.current.updates).toEqual([]);
    await waitFor(() => expect(result.current.updates.map(({ data }) => data["workflow_name"])).toEqual(["second", undefined]));
    await waitFor(() => expect([...open].map((name) => name.split(" ")[0])).toEqual(["second"]));
  });
});

describe("a run that was started", () => {
  it("is not waited for any longer when the page is left", async () => {
    const { result, unmount } = renderHook(() => useWorkflow(), await page(server));
    const started = await act(() => result.current.executeWorkflow(workflow, "hi"));
    await waitFor(() => expect(open.size).toBe(1));
    const end = started?.finished.catch((reason: unknown) => reason);
    unmount();
    expect(await end).toMatchObject({ name: "AbortError" });
    await waitFor(() => expect(open.size).toBe(0));
  });
});

describe("<WorkflowMonitor>", () => {
  it("tells each run's end once, in strict mode and when it is drawn again", async () => {
    const told: string[] = [];
    const monitor = (id: string, key = "k"): React.ReactElement => (
      <WorkflowMonitor key={key} executionId={id} onComplete={(success) => told.push(`${id} ${success}`)} />
    );
    const { rerender, unmount } = render(monitor("done"), await page(server));
    await waitFor(() => expect(told).toEqual(["done true"]), { timeout: 3_000 });
    rerender(monitor("done"));
    rerender(monitor("r"));
    await waitFor(() => expect(screen.getByRole("list", { name: "Steps" }).textContent).toContain("step of r"));
    expect(told).toEqual(["done true"]);
    unmount();
    await waitFor(() => expect(open.size).toBe(0));
    expect(told).toEqual(["done true"]);
  });
});

describe("a list that is on its way", () => {
  it.each([
    ["agents", useAgents],
    ["runs", useWorkflowHistory],
  ] as const)("of %s is given up when the page is left", async (_, use) => {
    let cut = 0;
    const never: Answering = (_asked, response) => {
      response.on("close", () => (cut += 1));
    };
    const { unmount } = renderHook<unknown, unknown>(() => use(), await page(never));
    await waitFor(() => expect(double.asked.length).toBeGreaterThan(0));
    unmount();
    await waitFor(() => expect(cut).toBe(double.asked.length));
  });
});
