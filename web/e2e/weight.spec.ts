/** What a browser really loads before a page is there, with nothing in its cache. */
import { expect, test } from "./served.ts";

const most = 250_000;

for (const [name, find] of [
  ["Home", "/"],
  ["History", "/runs"],
  ["a run", "/runs/first-run"],
] as const) {
  test(`${name} is there after at most 250 kB of script`, async ({ page }) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    const scripts = new Map<string, string>();
    const sizes = new Map<string, number>();
    session.on("Network.responseReceived", ({ requestId, type, response }) => (type === "Script" ? scripts.set(requestId, response.url) : undefined));
    session.on("Network.dataReceived", ({ requestId, encodedDataLength }) => sizes.set(requestId, (sizes.get(requestId) ?? 0) + encodedDataLength));
    await page.goto(find, { waitUntil: "networkidle" });
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
    const loaded = [...scripts].map(([id, address]) => ({ address, size: sizes.get(id) ?? 0 }));
    const total = loaded.reduce((sum, { size }) => sum + size, 0);
    expect(total, JSON.stringify(loaded, null, 1)).toBeLessThanOrEqual(most);
    // Less than React itself would mean that nothing was measured.
    expect(total).toBeGreaterThan(60_000);
  });
}

test("a page whose next part went away with an update says so, and nothing else", async ({ page }) => {
  await page.goto("/runs/first-run");
  await expect(page.getByRole("button", { name: "Canvas", pressed: true })).toBeVisible();
  await page.route(/\/assets\/timeline-[^/]+\.js$/, (route) => route.abort());
  await page.getByRole("button", { name: "Timeline" }).click();
  await expect(page.getByRole("heading", { name: "Tenuto has been updated" })).toBeVisible();
  await page.unroute(/\/assets\/timeline-[^/]+\.js$/);
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByRole("button", { name: "Timeline", pressed: true })).toBeVisible();
});
