/** A person who has never seen it: opens the link, runs the support example in simulation, and sees that it is done. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./served.ts";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

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
      const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
      expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
    });
  }
}
