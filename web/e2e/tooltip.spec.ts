/** The words beside what shows none: they come by pointer and by key, describe their element, stay to be read, and go. */
import { expect, test } from "./served.ts";

test("a tooltip comes by pointer and by key, describes its element, and goes with Escape", async ({ page }) => {
  await page.goto("/");
  const place = page.getByRole("link", { name: "Runs", exact: true });
  const tip = page.getByRole("tooltip");
  await place.hover();
  await expect(tip).toContainText("Runs");
  await expect(place).toHaveAttribute("aria-describedby", (await tip.getAttribute("id")) ?? "nothing");
  await page.getByRole("heading", { level: 1 }).hover();
  await expect(tip).toHaveCount(0);
  await expect(place).not.toHaveAttribute("aria-describedby");
  await place.focus();
  await expect(tip).toContainText("Runs");
  await page.keyboard.press("Escape");
  await expect(tip).toHaveCount(0);
  await page.keyboard.press("Tab");
  await expect(tip).toContainText("Approvals");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/approvals/);
});

test("in a dialog it is above the dialog, which it does not close", async ({ page }) => {
  await page.goto("/workflows");
  await page.getByRole("button", { name: "Import" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Import a workflow" });
  await dialog.getByRole("button", { name: "Close" }).hover();
  const tip = page.getByRole("tooltip");
  await expect(tip).toContainText("Close");
  expect(await tip.evaluate((word) => {
    const { left, top, width, height } = word.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2)?.closest('[role="dialog"]') === null;
  })).toBe(true);
  await page.mouse.move(20, 20);
  await expect(tip).toHaveCount(0);
  await expect(dialog).toBeVisible();
});
