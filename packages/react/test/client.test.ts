/** The client asks what the routes expect, and every failure is a Problem. */
import { afterEach, describe, expect, it } from "vitest";
import { Client } from "../src/core/client.ts";
import { type Answering, type Double, json, serve } from "./server.ts";

let double: Double;
afterEach(() => double.close());

async function client(answering: Answering, more: ConstructorParameters<typeof Client>[0] = {}): Promise<Client> {
  double = await serve(answering);
  return new Client({ baseUrl: `${double.url}/`, ...more });
}

const pending = { success: true, execution: { id: "r", workflow_id: "w", status: "pending", started: "" }, timestamp: "" };

describe("the client", () => {
  it("starts a run under a key, as who it is", async () => {
    const api = await client((_, response) => json(response, pending, 202), { apiKey: "secret" });
    expect(await api.execute({ workflow_id: "w", message: "hi" })).toMatchObject({ id: "r", status: "pending" });
    const [asked] = double.asked;
    expect(asked).toMatchObject({ method: "POST", path: "/api/workflow/execute" });
    expect(JSON.parse(asked?.body ?? "")).toEqual({ workflow_id: "w", message: "hi" });
    expect(asked?.headers["authorization"]).toBe("Bearer secret");
    expect(asked?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("asks again with the same key where the answer was lost", async () => {
    const api = await client((_, response, nth) => (nth === 0 ? void response.destroy() : json(response, pending, 202)));
    await api.execute({ workflow_id: "w", message: "hi" });
    const keys = double.asked.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it("never repeats another change by itself", async () => {
    const api = await client((_, response) => void response.destroy());
    await expect(api.deleteWorkflow("w")).rejects.toMatchObject({ name: "Problem", type: "unreachable", status: 0, retryable: true });
    expect(double.asked).toHaveLength(1);
  });

  it("collects workflows over all pages", async () => {
    const api = await client((asked, response) =>
      json(response, asked.query.has("cursor") ? { workflows: [{ id: "b" }], next: null } : { workflows: [{ id: "a" }], next: "c" }),
    );
    expect((await api.workflows()).map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("filters runs, and leaves out what is not given", async () => {
    const api = await client((_, response) => json(response, { executions: [], total: 0 }));
    await api.executions({ workflowId: "w&x", status: undefined });
    expect(double.asked[0]?.query.toString()).toBe("workflow_id=w%26x");
  });

  it("calls any route as its description says, with several values of one name", async () => {
    const api = await client((_, response) => json(response, { executions: [], next: null }));
    await api.call("GET /api/executions", { query: { status: ["failed", "cancelled"], search: undefined } });
    await api.call("POST /api/executions/{id}/cancel", { path: { id: "a/b" }, body: { reason: "late" } });
    await api.call("GET /api/auth/me");
    expect(double.asked.map(({ method, path, query }) => `${method} ${path} ${query.toString()}`.trim())).toEqual([
      "GET /api/executions status=failed&status=cancelled",
      "POST /api/executions/a%2Fb/cancel",
      "GET /api/auth/me",
    ]);
    expect(double.asked[1]?.body).toBe('{"reason":"late"}');
  });

  it("asks for a run whose id needs escaping", async () => {
    const api = await client((_, response) => json(response, { events: [], next: 7 }));
    expect(await api.events("a/b?c")).toEqual({ events: [], next: 7 });
    expect(double.asked[0]?.path).toBe("/api/executions/a%2Fb%3Fc/events");
  });

  it("throws what the server says, with its type, place and remedy", async () => {
    const said = {
      success: false,
      error: "startNode names no node.",
      type: "https://tenuto.dev/problems/invalid",
      title: "Unprocessable Entity",
      status: 422,
      detail: "startNode names no node.",
      fix: "Name one of: a.",
      pointer: "/startNode",
      issues: [{ pointer: "/startNode", code: "unknown-node", message: "startNode names no node." }],
    };
    const api = await client((_, response) => json(response, said, 422));
    const draft = { name: "W", nodes: [], startNode: "x" };
    await expect(api.createWorkflow(draft)).rejects.toMatchObject({
      message: said.error,
      type: "invalid",
      status: 422,
      fix: said.fix,
      pointer: "/startNode",
      issues: said.issues,
      retryable: false,
    });
  });

  it.each([
    ["a proxy's page", "text/html", "<h1>Bad Gateway</h1>", 502, true],
    ["an empty answer", "text/plain", "", 404, false],
    ["JSON that is no object", "application/json", "[1]", 500, false],
  ])("makes a Problem of %s", async (_, media, body, status, retryable) => {
    const api = await client((__, response) => void response.writeHead(status, { "Content-Type": media }).end(body));
    const refused = { type: "unexpected-answer", status, message: `The server answered ${status}.`, retryable };
    await expect(api.deleteWorkflow("w")).rejects.toMatchObject(refused);
  });

  it("knows how long it is refused for", async () => {
    const api = await client((_, response) => json(response, { error: "Too many." }, 429, { "Retry-After": "7" }));
    await expect(api.execution("r")).rejects.toMatchObject({ retryAfter: 7, retryable: true });
  });

  it("says that a 200 without JSON is none of Tenuto's", async () => {
    const api = await client((_, response) => void response.end("<html>"));
    await expect(api.execution("r")).rejects.toMatchObject({ type: "unexpected-answer", status: 200 });
  });

  it("fails in time where no answer comes", async () => {
    const api = await client(() => undefined, { timeout: 50 });
    await expect(api.execution("r")).rejects.toMatchObject({ type: "timeout", retryable: true });
  });

  it("is given up as an abort, not as a Problem", async () => {
    const api = await client(() => undefined);
    const giving = new AbortController();
    setTimeout(() => giving.abort(), 30);
    await expect(api.execution("r", { signal: giving.signal })).rejects.toMatchObject({ name: "AbortError" });
  });
});
