/** The server is killed under a page that watches a run, and comes back: nothing is lost, and the page says what it knows. */
import { once } from "node:events";
import { bare as test, expect } from "./served.ts";
import { emptyFolder, gone, said, serving } from "./server.ts";

test("a run is watched through the end of its server", async ({ page }) => {
  test.setTimeout(120_000);
  const folder = emptyFolder();
  let server = serving(folder);
  try {
    const { address, link } = await said(server);
    await page.goto(link);
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
    await page.goto(`${address}/templates`);
    await page.getByRole("button", { name: "Run in simulation: Approval before an e-mail" }).click();
    await expect(page).toHaveURL(/\/runs\/.+/);
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const main = page.getByRole("main");
    await expect(main.getByText("Live", { exact: true })).toBeVisible();

    server.kill("SIGKILL");
    await once(server, "exit");
    await expect(main.getByText(/^Reconnecting/)).toBeVisible();
    server = serving(folder, new URL(address).port);
    await said(server, true);
    await expect(main.getByText("Live", { exact: true })).toBeVisible({ timeout: 45_000 });

    // Killed before it had put its question, it is taken over once its process counts as dead.
    const questions = async () => (await (await page.request.get(`${address}/api/approvals?whose=all&state=open`)).json()) as { approvals: { id: string; digest: string }[] };
    await expect.poll(async () => (await questions()).approvals.length, { timeout: 45_000 }).toBe(1);
    const [asked] = (await questions()).approvals;
    const answer = await page.request.post(`${address}/api/approvals/${asked?.id}`, { headers: { origin: address }, data: { decision: "approve", digest: asked?.digest } });
    expect([200, 202]).toContain(answer.status());
    await expect(main.getByText("Ended").first()).toBeVisible();
    await expect(main.getByText(/^Done\b/).first()).toBeVisible();

    // Every step ended once, in the log and on the page.
    const { events } = (await (await page.request.get(`${address}/api/executions/${id}/events?limit=1000`)).json()) as { events: { type: string; node: string | null; seq: number }[] };
    const ended = events.filter((event) => event.type === "node_completed").map((event) => event.node);
    expect(new Set(ended).size).toBe(ended.length);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  } finally {
    await gone(server, folder);
  }
});
