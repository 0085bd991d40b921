/** A run with thousands of runs of its own: they are seen as ranges, and each is found. */
import { clean } from "./axe.ts";
import { expect, test } from "./served.ts";

test("thousands of items are ranges, those that failed are found, and any item by its number", async ({ page }) => {
  test.setTimeout(180_000);
  const origin = new URL(page.url()).origin;
  const count = 1_250;
  const body = { startNode: "half", nodes: [{ id: "half", name: "Half of it", type: "transform", config: { value: "{{ 10 / (item % 600) }}" } }] };
  const each = { id: "each", name: "Every number", type: "map", config: { items: Array.from({ length: count }, (_, index) => index), body, on_item_error: "continue", concurrency: 50 } };
  const workflow = { name: "Many", startNode: "each", nodes: [each] };
  const started = await page.request.post("/api/workflow/execute?wait=60", { headers: { origin }, data: { workflow, simulate: true }, timeout: 90_000 });
  const { execution } = (await started.json()) as { execution: { id: string } };
  await expect.poll(async () => ((await (await page.request.get(`/api/executions/${execution.id}`)).json()) as { execution: { status: string } }).execution.status, { timeout: 90_000 }).toBe("completed");

  await page.goto(`/runs/${execution.id}`);
  await page.getByRole("group", { name: /^Every number/ }).first().click();
  const items = page.getByRole("region", { name: "Runs of Every number" });
  await expect(items).toContainText("1,250 / 1,250 · 3 failed");
  const ranges = items.getByRole("toolbar", { name: "Ranges of 10 items" });
  await expect(ranges.getByRole("button")).toHaveCount(125);
  await clean(page);

  await items.getByRole("checkbox", { name: "Failed only" }).check();
  await expect(ranges.getByRole("button")).toHaveCount(3);
  await ranges.getByRole("button", { name: "Items 601 to 610: 10 / 10 · 1 failed" }).click();
  await items.getByRole("button", { name: "Item 601: Failed" }).click();
  await expect(items.getByText(/division by zero|divide by zero/i).first()).toBeVisible();

  await items.getByRole("checkbox", { name: "Failed only" }).uncheck();
  await items.getByRole("spinbutton", { name: /Go to item/ }).fill("1234");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/iteration=1233/);
  await expect(items.getByRole("button", { name: "Item 1,234: Done" })).toHaveAttribute("aria-pressed", "true");
  await expect(items.getByText(/zero/)).toHaveCount(0);
  await page.reload();
  await expect(items.getByText("Item 1,234", { exact: true })).toBeVisible();
  await expect(ranges.getByRole("button", { name: /^Items 1,231 to/ })).toBeInViewport();
  // One stop of the Tab key for all of them, and arrows within.
  await ranges.getByRole("button", { name: /^Items 1,231 to/ }).focus();
  await page.keyboard.press("End");
  await expect(ranges.getByRole("button", { name: /^Items 1,241 to 1,250/ })).toBeFocused();
});
