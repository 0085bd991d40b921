/** A house that has been used a little, as the pictures show it: a draft, runs of all kinds, a request, an agent, an account, a webhook. */
import type { Page } from "@playwright/test";
import { sent } from "./hostile-house.ts";

/** The id of a workflow to be shown in the builder. */
export async function picturedHouse(page: Page): Promise<string> {
  const origin = new URL(page.url()).origin;
  const post = (path: string, data: object): Promise<Record<string, never>> => sent(page.request.post(path, { headers: { origin }, data }));
  await page.goto("/templates");
  await page.getByRole("button", { name: "Run in simulation: Approval before an e-mail" }).click();
  await page.waitForURL(/\/runs\/.+/);
  await page.goto("/templates");
  await page.getByRole("button", { name: "Use it: Customer support triage" }).click();
  await page.waitForURL(/\/workflows\/.+/);
  const workflow = new URL(page.url()).pathname.split("/")[2] ?? "";
  const divide = { name: "Split the bill", startNode: "divide", nodes: [{ id: "divide", name: "Divide the amount", type: "transform", config: { value: "{{ input.amount / input.people }}" } }] };
  await post("/api/workflow/execute?wait=5", { workflow: divide, input: { amount: 120, people: 0 }, execution_id: "failed-of-the-pictures", simulate: true });
  await post("/api/workflow/execute?wait=5", { workflow: divide, input: { amount: 120, people: 4 }, simulate: true });
  const orders = { id: "orders", name: "New orders", startNode: "note", nodes: [{ id: "note", name: "Note the order", type: "transform", config: { value: "{{ input }}" } }], triggers: [{ id: "shop", type: "webhook", path: "shop/orders" }, { id: "nightly", type: "schedule", cron: "0 6 * * *", timezone: "Europe/Berlin" }] };
  await post("/api/workflows", orders);
  await post("/api/workflows/orders/publish", {});
  await page.request.post("/api/hooks/shop/orders", { data: { order: 4711 } });
  await post("/api/agents/config", { name: "Support writer", description: "Answers customers in a few friendly sentences.", provider: "simulated", type: "specialist", instructions: "Answer in at most five sentences." });
  await post("/api/connections", { integration: "openapi", name: "warehouse", secret: "the-key-of-the-warehouse" });
  await post("/api/keys", { name: "Nightly import", role: "operator" });
  return workflow;
}
