/** A house whose every field that somebody else may fill holds markup that would run where it is taken for markup. */
import { createHmac } from "node:crypto";
import type { APIRequestContext, APIResponse } from "@playwright/test";
import type { Ids } from "./every-page.ts";

/** What a field holds: its own name, so that it is seen where it is shown, and every way of breaking out. */
export function hostile(field: string): string {
  return `${field} "'><img src=x onerror=alert(1)><script>alert(1)</script><svg/onload=alert(1)> [x](javascript:alert(1))`;
}

export async function sent(answer: Promise<APIResponse>): Promise<Record<string, never>> {
  const given = await answer;
  if (!given.ok()) throw new Error(`${given.url()} answered ${given.status()}: ${await given.text()}`);
  return (await given.json()) as Record<string, never>;
}

export async function hostileHouse(request: APIRequestContext, origin: string): Promise<Ids> {
  const post = (path: string, data: unknown): Promise<Record<string, never>> => sent(request.post(path, { headers: { origin }, data: data as object }));
  const workflow = `hostile-${Date.now()}`;
  await post("/api/workflows", definition(workflow));
  const { version } = (await post(`/api/workflows/${workflow}/publish`, { note: hostile("Publish note") })) as unknown as { version: { triggers: { id: string; key: string; url: string; secret: string }[] } };
  const run = `run <img src=x onerror=alert(1)> ${Date.now()}`;
  await post("/api/workflow/execute?wait=2", { workflow_id: workflow, execution_id: run, user_id: hostile("User").slice(0, 100), input: { text: hostile("Input"), [hostile("Key")]: [hostile("Item"), { href: "javascript:alert(1)" }] }, simulate: true });
  const failing = { name: hostile("Failing"), startNode: "one", nodes: [{ id: "one", name: hostile("One fails"), type: "end", config: { error: hostile("Error") } }] };
  const { execution } = (await post("/api/workflow/execute?wait=10", { workflow: failing, simulate: true })) as unknown as { execution: { id: string } };
  await post("/api/agents/config", { name: hostile("Agent"), description: hostile("Agent description"), provider: "simulated", type: "specialist", instructions: hostile("Instructions"), capabilities: [hostile("Capability")] });
  await post("/api/connections", { integration: "openapi", name: hostile("Account").slice(0, 120), secret: "canary-of-an-account", user_id: hostile("Owner").slice(0, 120) });
  await post("/api/keys", { name: hostile("Key").slice(0, 120), role: "viewer" });
  await post("/api/members", { name: hostile("Member").slice(0, 120), role: "viewer" });
  for (const trigger of version.triggers) await deliver(request, trigger);
  const { approvals } = (await sent(request.get("/api/approvals?whose=all&state=open"))) as unknown as { approvals: { id: string; title: string }[] };
  const asked = approvals.find(({ title }) => title === hostile("Question"))?.id;
  if (asked === undefined) throw new Error("Nobody was asked.");
  return { workflow, run, failed: execution.id, asked };
}

function definition(id: string): object {
  return {
    id,
    name: hostile("Workflow"),
    description: hostile("Description"),
    startNode: "one",
    agents: [{ id: "writer", name: hostile("Writer").slice(0, 190), provider: "simulated", instructions: hostile("Writer instructions") }],
    nodes: [
      { id: "one", name: hostile("One"), notes: hostile("Notes"), type: "transform", config: { value: { text: "{{ input }}", html: hostile("Value"), link: "javascript:alert(1)", svg: "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" } } },
      { id: "two", name: hostile("Two"), type: "agent", config: { agent: "writer", message: hostile("Message") } },
      { id: "three", name: hostile("Three"), type: "switch", config: { value: "{{ 1 }}", cases: [{ when: 1, port: hostile("Case").slice(0, 60) }] } },
      {
        id: "four",
        name: hostile("Four"),
        type: "approval",
        config: {
          title: hostile("Question"),
          body: `${hostile("Body")}\n\n[click](javascript:alert(1)) ![x](x" onerror="alert(1))`,
          arguments: { to: hostile("Argument"), [hostile("Argument name")]: 1 },
          form: { type: "object", properties: { note: { type: "string", title: hostile("Label"), description: hostile("Help"), default: hostile("Default"), enum: [hostile("Choice"), hostile("Default")] } } },
        },
      },
    ],
    edges: [{ from: "one", to: "two" }, { from: "two", to: "three" }, { from: "three", port: hostile("Case").slice(0, 60), to: "four" }],
    triggers: [{ id: "hook", type: "webhook", input: { got: "{{ event.text }}" } }],
    settings: { tags: [hostile("Tag")], keys: ["{{ input.text }}"] },
    layout: { notes: { n: { x: 0, y: 300, text: hostile("Sheet") } }, groups: { g: { title: hostile("Group"), nodes: ["one", "two"] } } },
  };
}

async function deliver(request: APIRequestContext, trigger: { url: string; secret: string }): Promise<void> {
  const data = JSON.stringify({ text: hostile("Delivered"), href: "javascript:alert(1)" });
  const stamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", trigger.secret).update(`${stamp}.${data}`).digest("hex");
  const headers = { "content-type": "application/json", "x-signature-timestamp": stamp, "x-signature": `sha256=${signature}`, "x-hostile": hostile("Header") };
  await sent(request.post(new URL(trigger.url).pathname, { headers, data }));
}
