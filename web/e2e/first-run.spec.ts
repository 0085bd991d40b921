/** A person who has never seen it: opens the link, runs the support example in simulation, and sees that it is done. */
import { clean } from "./axe.ts";
import { expect, test } from "./served.ts";

test("the first run is one press away from the link, and done within a minute", async ({ page }) => {
  const began = Date.now();
  await page.getByRole("button", { name: "Run it: Customer support triage" }).click();
  await expect(page).toHaveURL(/\/runs\/.+/);
  await expect(page.getByRole("main").getByText(/\bDone\b/).first()).toBeVisible({ timeout: 30_000 });
  expect(Date.now() - began).toBeLessThan(60_000);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const path of ["/", "/settings", "/workflows", "/runs", "/runs/first-run", "/approvals", "/agents", "/connections", "/triggers", "/templates"]) {
    test(`axe finds nothing at ${path}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      await clean(page);
    });
  }
}
