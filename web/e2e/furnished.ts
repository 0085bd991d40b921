/** A house with one of everything, so that each page has something to lose; with its owner and somebody who may only look. */
import { createHmac } from "node:crypto";
import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { sent } from "./hostile-house.ts";
import { type Session, emptyFolder, gone, linkFor, said, serving, signedIn } from "./server.ts";

export interface House {
  /** A page of somebody with that role, signed in. */
  readonly as: (role: "owner" | "viewer") => Promise<Page>;
  readonly workflow: string;
}

export async function furnished(browser: Browser, give: (house: House) => Promise<void>): Promise<void> {
  const folder = emptyFolder();
  const server = serving(folder);
  try {
    const { address, link } = await said(server);
    const sessions = new Map<string, Session>([["owner", await signedIn(browser, link)]]);
    const entered = (role: string) => browser.newContext({ baseURL: address, reducedMotion: "reduce", storageState: sessions.get(role) ?? { cookies: [], origins: [] } });
    const owner = await entered("owner");
    const workflow = await furniture(owner.request, address);
    const viewer = (await sent(owner.request.post("/api/members", { headers: { origin: address }, data: { name: "Member viewer", role: "viewer" } }))) as unknown as { member: { id: string } };
    await owner.close();
    await give({
      workflow,
      as: async (role) => {
        if (!sessions.has(role)) sessions.set(role, await signedIn(browser, linkAt(address, linkFor(folder, viewer.member.id))));
        return (await entered(role)).newPage();
      },
    });
  } finally {
    await gone(server, folder);
  }
}

/** A link of the terminal does not know on which port this server listens. */
function linkAt(address: string, link: string): string {
  const { pathname, hash } = new URL(link);
  return address + pathname + hash;
}

async function furniture(request: APIRequestContext, origin: string): Promise<string> {
  const post = (path: string, data: object): Promise<Record<string, never>> => sent(request.post(path, { headers: { origin }, data }));
  const nodes = [{ id: "hello", name: "Say hello", type: "transform", config: { value: "Hello" } }];
  await post("/api/workflows", { id: "states-of-pages", name: "States of pages", startNode: "hello", nodes, triggers: [{ id: "states-hook", type: "webhook", path: "states-hook" }] });
  const { version } = (await post("/api/workflows/states-of-pages/publish", {})) as unknown as { version: { triggers: { secret: string }[] } };
  const stamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", version.triggers[0]?.secret ?? "").update(`${stamp}.{}`).digest("hex");
  await sent(request.post("/api/hooks/states-hook", { data: "{}", headers: { "content-type": "application/json", "x-signature-timestamp": stamp, "x-signature": `sha256=${signature}` } }));
  await post("/api/agents/config", { name: "Greeter of states", provider: "simulated", type: "specialist" });
  await post("/api/connections", { integration: "openapi", name: "states-account", secret: "states-secret-0123456789" });
  await post("/api/keys", { name: "states-key", role: "viewer" });
  const asking = { name: "Asking", startNode: "ask", nodes: [{ id: "ask", type: "approval", config: { title: "May it go?" } }] };
  await post("/api/workflow/execute?wait=1", { workflow: asking, simulate: true });
  return "states-of-pages";
}
