/**
 * Agents, catalog, connections and approvals, as a page uses them: real HTTP to a server of the routes.
 * @vitest-environment happy-dom
 */
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { useAgents, useApprovals, useCatalog, useConnections } from "../src/index.ts";
import { double, page } from "./page.tsx";
import { type Answering, type Asked, json } from "./server.ts";

afterEach(() => vi.useRealTimers());

const body = ({ body: text }: Asked): object => JSON.parse(text) as object;
const asked = (method: string): Asked[] => double.asked.filter((one) => one.method === method);

describe("useAgents", () => {
  const server: Answering = (request, response) => {
    const { method, query } = request;
    if (method === "DELETE") return json(response, { message: "Gone." });
    if (method !== "GET") return json(response, { agent: { id: "n", ...body(request) }, message: "Done." });
    const second = query.get("cursor") === "c";
    return json(response, { agents: [{ id: second ? "b" : "a", name: second ? "B" : "A" }], total: 2, next: second ? null : "c" });
  };

  it("shows every page, and what is created, changed and deleted", async () => {
    const { result } = renderHook(() => useAgents(), await page(server));
    await waitFor(() => expect(result.current.agents.map(({ id }) => id)).toEqual(["a", "b"]));
    await act(() => result.current.createAgent({ name: "New", type: "specialist" }));
    await act(() => result.current.updateAgent("b", { name: "Changed" }));
    expect(result.current.agents.map(({ name }) => name)).toEqual(["New", "A", "Changed"]);
    expect(asked("PUT").map(body)).toEqual([{ id: "b", name: "Changed" }]);
    expect(await act(() => result.current.deleteAgent("a"))).toBe(true);
    expect(asked("DELETE")[0]?.query.toString()).toBe("id=a");
    expect(result.current.agents.map(({ id }) => id)).toEqual(["n", "b"]);
  });

  it("does not lose what was created while an older list was on its way", async () => {
    let holding = false;
    const held: (() => void)[] = [];
    const slow: Answering = (request, response) => {
      if (request.method === "POST") return json(response, { agent: { id: "n", ...body(request) } });
      const answer = (): void => json(response, { agents: [{ id: "a" }], total: 1 });
      if (holding) held.push(answer);
      else answer();
    };
    const { result } = renderHook(() => useAgents(), await page(slow));
    await waitFor(() => expect(result.current.agents).toHaveLength(1));
    holding = true;
    let refreshed: Promise<void> = Promise.resolve();
    act(() => {
      refreshed = result.current.fetchAgents();
    });
    await waitFor(() => expect(held).toHaveLength(1));
    await act(() => result.current.createAgent({ name: "New", type: "specialist" }));
    held[0]?.();
    await act(() => refreshed);
    expect(result.current.agents.map(({ id }) => id)).toEqual(["n", "a"]);
  });

  it("says why a change was refused, until the next one", async () => {
    const refusing: Answering = (request, response) => {
      const broken = request.method === "POST" && !request.body.includes('"name":"B"');
      if (broken) return json(response, { error: "An agent needs a name.", type: "invalid" }, 422);
      return server(request, response, 0);
    };
    const { result } = renderHook(() => useAgents(), await page(refusing));
    await waitFor(() => expect(result.current.loading).toBe(false));
    expect(await act(() => result.current.createAgent({ name: "", type: "specialist" }))).toBeNull();
    expect(result.current).toMatchObject({ error: "An agent needs a name.", loading: false });
    await act(() => result.current.createAgent({ name: "B", type: "specialist" }));
    expect(result.current.error).toBeNull();
  });
});

describe("useCatalog", () => {
  it("gives the catalog, and the values of a parameter by what was filled in", async () => {
    const server: Answering = ({ path }, response) => {
      if (path === "/api/catalog") return json(response, { kinds: [{ type: "http" }], node: {}, connectors: [], providers: [] });
      return json(response, { options: [{ value: "C1", label: "#general" }], simulated: false });
    };
    const { result } = renderHook(() => useCatalog(), await page(server));
    expect(result.current).toMatchObject({ catalog: null, loading: true });
    await waitFor(() => expect(result.current.catalog?.kinds.map(({ type }) => type)).toEqual(["http"]));
    const options = await act(() => result.current.fetchOptions("slack", "send_message", "channel", { text: "a&b" }));
    expect(options).toEqual([{ value: "C1", label: "#general" }]);
    expect(double.asked.at(-1)).toMatchObject({ path: "/api/catalog/slack/send_message/options" });
    expect(Object.fromEntries(double.asked.at(-1)?.query ?? [])).toEqual({ parameter: "channel", params: '{"text":"a&b"}' });
  });

  it("keeps the catalog where an application refuses to list its values", async () => {
    const server: Answering = ({ path }, response) =>
      path === "/api/catalog"
        ? json(response, { kinds: [], node: {}, connectors: [], providers: [] })
        : json(response, { error: "Slack is not connected.", type: "unauthenticated" }, 401);
    const { result } = renderHook(() => useCatalog(), await page(server));
    await waitFor(() => expect(result.current.catalog).not.toBeNull());
    expect(await act(() => result.current.fetchOptions("slack", "send_message", "channel"))).toBeNull();
    expect(result.current).toMatchObject({ error: "Slack is not connected.", catalog: { kinds: [] } });
  });
});

describe("useConnections", () => {
  const server: Answering = (request, response) => {
    const { method, path, query } = request;
    if (path.endsWith("/authorize")) return json(response, { url: `https://vendor.example/consent?${query.toString()}` });
    if (path.endsWith("/test")) return json(response, { connection: { id: "a", integration: "slack", status: "needs_attention" }, works: false });
    if (method === "POST") return json(response, { connection: { id: "n", integration: "github", status: "valid" } }, 201);
    if (method === "DELETE") return json(response, { message: "Gone.", revoked: true });
    return json(response, { connections: [{ id: "a", integration: "slack", status: "valid" }], next: null });
  };

  it("lists those of one integration, and shows what a test found", async () => {
    const { result } = renderHook(() => useConnections("slack"), await page(server));
    await waitFor(() => expect(result.current.connections).toHaveLength(1));
    expect(double.asked[0]?.query.toString()).toBe("integration=slack");
    await act(() => result.current.testConnection("a"));
    expect(result.current.connections.map(({ status }) => status)).toEqual(["needs_attention"]);
    await act(() => result.current.addConnection({ integration: "github", name: "Bot", secret: "s" }));
    expect(result.current.connections.map(({ id }) => id)).toEqual(["a"]);
  });

  it("asks for the page where access is allowed, adds by key and takes away", async () => {
    const { result } = renderHook(() => useConnections(), await page(server));
    await waitFor(() => expect(result.current.connections).toHaveLength(1));
    expect(await act(() => result.current.authorize("slack", { name: "Team" }))).toBe("https://vendor.example/consent?name=Team");
    await act(() => result.current.addConnection({ integration: "github", name: "Bot", secret: "s" }));
    expect(result.current.connections.map(({ id }) => id)).toEqual(["n", "a"]);
    expect(await act(() => result.current.removeConnection("a"))).toBe(true);
    expect(result.current.connections.map(({ id }) => id)).toEqual(["n"]);
  });

  it("asks for the other integration's when it is another one, and an older answer does not come between", async () => {
    const slow: Answering = ({ query }, response) => {
      const name = query.get("integration") ?? "";
      setTimeout(() => json(response, { connections: [{ id: name, integration: name }] }), name === "slack" ? 100 : 0);
    };
    const { result, rerender } = renderHook(({ name }) => useConnections(name), {
      ...(await page(slow)),
      initialProps: { name: "slack" },
    });
    rerender({ name: "github" });
    await waitFor(() => expect(result.current.connections.map(({ id }) => id)).toEqual(["github"]));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(result.current.connections.map(({ id }) => id)).toEqual(["github"]);
  });
});

describe("useApprovals", () => {
  const inbox = (refuse = false): Answering => {
    let open = ["a/1", "b"];
    return (request, response) => {
      const { method, path } = request;
      const id = decodeURIComponent(path.slice("/api/approvals/".length));
      if (path === "/api/approvals") return json(response, { approvals: open.map((one) => ({ id: one, digest: `d-${one}` })), next: null });
      if (method === "GET") return json(response, { approval: { id, body: "May I?" } });
      open = open.filter((one) => one !== id);
      if (refuse) return json(response, { error: "Ben has decided it already.", type: "conflict" }, 409);
      return json(response, { approval: { id, outcome: "approved" }, settled: true });
    };
  };

  it("shows the open ones, opens one, and is without it once it is decided", async () => {
    const { result } = renderHook(() => useApprovals(), await page(inbox()));
    await waitFor(() => expect(result.current.approvals.map(({ id }) => id)).toEqual(["a/1", "b"]));
    expect(await act(() => result.current.fetchApproval("a/1"))).toMatchObject({ body: "May I?" });
    const decided = await act(() => result.current.decide("a/1", { decision: "approve", digest: "d-a/1" }));
    expect(decided).toMatchObject({ outcome: "approved" });
    expect(asked("POST").map((one) => [one.path, body(one)])).toEqual([
      ["/api/approvals/a%2F1", { decision: "approve", digest: "d-a/1" }],
    ]);
    expect(result.current.approvals.map(({ id }) => id)).toEqual(["b"]);
  });

  it("says that somebody was quicker, and shows the inbox as it is then", async () => {
    const { result } = renderHook(() => useApprovals(), await page(inbox(true)));
    await waitFor(() => expect(result.current.approvals).toHaveLength(2));
    expect(await act(() => result.current.decide("b", { decision: "reject", comment: "No." }))).toBeNull();
    expect(result.current.error).toBe("Ben has decided it already.");
    expect(result.current.approvals.map(({ id }) => id)).toEqual(["a/1"]);
  });

  it("asks again every half minute, but not while nobody looks", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], shouldAdvanceTime: true });
    const { result } = renderHook(() => useApprovals({ whose: "all" }), await page(inbox()));
    await vi.waitFor(() => expect(result.current.approvals).toHaveLength(2));
    const before = double.asked.length;
    let visibility: DocumentVisibilityState = "hidden";
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
    await act(() => vi.advanceTimersByTimeAsync(65_000));
    expect(double.asked).toHaveLength(before);
    visibility = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.waitFor(() => expect(double.asked).toHaveLength(before + 1));
    await act(() => vi.advanceTimersByTimeAsync(31_000));
    await vi.waitFor(() => expect(double.asked).toHaveLength(before + 2));
    expect(double.asked.at(-1)?.query.get("whose")).toBe("all");
    vi.restoreAllMocks();
  });
});
