/** A house whose every name, text, error and value is as long as it may be: with and without spaces, in Chinese, from right to left. */
import { createHmac } from "node:crypto";
import type { APIRequestContext } from "@playwright/test";
import { sent } from "./hostile-house.ts";
import type { Ids } from "./every-page.ts";

/** Names as people give them and as machines make them; each ends with a word that is seen only where it is shown whole. */
export const names = {
  spaced: "Quarterly reconciliation of the invoices of all subsidiary companies with the goods received in the warehouses of Rotterdam, Antwerp and Hamburg, with corrections to both, the end",
  solid: `ReconcileInvoices_${"OfEverySubsidiaryCompanyWithGoodsReceived_".repeat(3)}TheEnd`,
  chinese: `${"对所有子公司的季度发票与仓库收货进行核对".repeat(4)}终`,
  hebrew: `${"התאמה רבעונית של חשבוניות החברות הבנות מול הסחורה שהתקבלה במחסנים ".repeat(2)}סוף`,
} as const;

const sentence = "The vendor's answer named a purchase order that no warehouse of any subsidiary company has ever confirmed. ";
const stack = Array.from({ length: 8 }, (_, line) => `  File "/srv/application/reconciliation/subsidiaries/matching_of_goods_received_${line}.py", line ${line * 37 + 11}, in reconcile_all_invoices_of_the_quarter`).join("\n");
/** Two thousand characters: sentences, a stack, and a word that nothing breaks. */
export const longError = `${sentence.repeat(3)}\nTraceback (most recent call last):\n${stack}\n${"x".repeat(160)} `.padEnd(1_970, "no space in sight ").trimEnd().concat(" the last words");

const unbroken = (kind: string): string => `${kind}_${"name-without-a-space-".repeat(5)}`.slice(0, 110);

function deep(levels: number): object {
  return levels === 0 ? { end: "of the levels", "a key of a value which says in its own words what it is about and does not stop": "x".repeat(700) } : { [`level ${levels} of a value that is nested`]: deep(levels - 1), beside: levels };
}

export async function longHouse(request: APIRequestContext, origin: string): Promise<Ids & { errors: string; wide: string }> {
  const post = (path: string, data: unknown): Promise<Record<string, never>> => sent(request.post(path, { headers: { origin }, data: data as object }));
  const ids: string[] = [];
  for (const [kind, name] of Object.entries(names)) {
    const id = `${unbroken(kind)}${Date.now()}`;
    ids.push(id);
    await post("/api/workflows", definition(id, name));
    const { version } = (await post(`/api/workflows/${id}/publish`, { note: name })) as unknown as { version: { triggers: { type: string; key: string; url: string; secret: string }[] } };
    await deliver(request, version.triggers.find((each) => each.type === "webhook"));
  }
  const workflow = ids[0] ?? "";
  const run = `${unbroken("run")}${Date.now()}`;
  await post("/api/workflow/execute?wait=3", { workflow_id: workflow, execution_id: run, input: { text: names.spaced, [names.solid]: deep(12) }, simulate: true });
  for (const id of ids.slice(1)) await post("/api/workflow/execute?wait=1", { workflow_id: id, input: { text: names.hebrew }, simulate: true });
  // The second version, to be compared with the first.
  await sent(request.put(`/api/workflows?id=${workflow}`, { headers: { origin }, data: { ...definition(workflow, names.spaced), description: names.chinese, settings: { timeout: "PT1H", tags: [names.solid] } } }));
  await post(`/api/workflows/${workflow}/publish`, { note: names.solid });
  const failed: string[] = [];
  for (const error of [longError, "y".repeat(2_000)]) {
    const failing = { name: names.solid, startNode: "one", nodes: [{ id: "one", name: `One ${names.spaced}`, type: "transform", config: { value: deep(30) } }, { id: unbroken("end"), name: names.chinese, type: "end", config: { error } }], edges: [{ from: "one", to: unbroken("end") }] };
    const { execution } = (await post("/api/workflow/execute?wait=10", { workflow: failing, simulate: true })) as unknown as { execution: { id: string } };
    failed.push(execution.id);
  }
  for (const name of Object.values(names)) await person(post, name);
  return { workflow, run, failed: failed[0] ?? "", errors: failed[1] ?? "", wide: ids[1] ?? "" };
}

/** An agent, two accounts, a key and a member of one name. */
async function person(post: (path: string, data: unknown) => Promise<unknown>, name: string): Promise<void> {
  const short = name.slice(0, 118);
  await post("/api/agents/config", { name, description: `${name} ${name}`, provider: "simulated", type: "specialist", instructions: name.repeat(6), capabilities: [name] });
  await post("/api/connections", { integration: "openapi", name: short, secret: "a-secret-of-a-house", user_id: short });
  await post("/api/keys", { name: short, role: "viewer" });
  await post("/api/members", { name: short, role: "viewer" });
}

function definition(id: string, name: string): object {
  const [first, second, third] = [unbroken("first"), unbroken("second"), unbroken("third")];
  return {
    id,
    name,
    description: `${name}. ${name}`,
    startNode: first,
    agents: [{ id: unbroken("agent"), name, provider: "simulated", instructions: name }],
    nodes: [
      { id: first, name: `One ${names.spaced}`, notes: names.solid, type: "transform", config: { value: { text: "{{ input }}", whole: deep(6) } } },
      { id: second, name: names.solid, type: "agent", config: { agent: unbroken("agent"), message: names.spaced } },
      {
        id: third,
        name: names.hebrew,
        type: "approval",
        config: { title: name, body: `${names.spaced}\n\n${names.solid}`, arguments: { [names.solid]: names.spaced, to: names.hebrew }, form: { type: "object", properties: { note: { type: "string", title: name, description: names.spaced, enum: [names.spaced, names.solid] } } } },
      },
    ],
    edges: [{ from: first, to: second }, { from: second, to: third }],
    triggers: [
      { id: unbroken("hook"), type: "webhook", filter: `{{ event.missing.${"another_word.".repeat(12)}end == '${names.spaced}' }}` },
      { id: unbroken("clock"), type: "schedule", cron: "0 6 * * *", timezone: "America/Argentina/ComodRivadavia" },
    ],
    settings: { tags: [name, names.solid], keys: ["{{ input.text }}"] },
    layout: { notes: { n: { x: 0, y: 300, text: names.solid } }, groups: { g: { title: name, nodes: [first, second] } } },
  };
}

/** What its filter cannot read: the inbox says why, at length. */
async function deliver(request: APIRequestContext, trigger: { url: string; secret: string } | undefined): Promise<void> {
  if (trigger === undefined) throw new Error("It has no webhook.");
  const data = JSON.stringify({ text: names.spaced });
  const stamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", trigger.secret).update(`${stamp}.${data}`).digest("hex");
  await request.post(new URL(trigger.url).pathname, { headers: { "content-type": "application/json", "x-signature-timestamp": stamp, "x-signature": `sha256=${signature}` }, data });
}
