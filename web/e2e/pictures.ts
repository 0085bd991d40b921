/** One picture of each page in each theme and at the width of a phone, in web/screenshots. */
import { join } from "node:path";
import { expect, test } from "./served.ts";

const folder = join(import.meta.dirname, "../screenshots");
const pages = { home: "/", workflows: "/workflows", runs: "/runs", run: "/runs/first-run", approvals: "/approvals", agents: "/agents", connections: "/connections", triggers: "/triggers", templates: "/templates", settings: "/settings" };

for (const [name, path] of Object.entries(pages)) {
  test(name, async ({ page }) => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
    await page.waitForLoadState("networkidle").catch(() => undefined);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: join(folder, `${name}-phone.png`) });
  });
}

test("builder", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("/templates");
  await page.getByRole("button", { name: "Use it: Customer support triage" }).click();
  await page.getByRole("group", { name: /^Read and rate/ }).first().click();
  await page.waitForLoadState("networkidle").catch(() => undefined);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `builder-${colorScheme}.png`) });
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: join(folder, "builder-phone.png") });
});
