/** A key is shown once, and never again; the theme and the single letters are this browser's own. */
import { clean, levels } from "./axe.ts";
import { expect, test } from "./served.ts";

test("a key is made, shown once, and revoked", async ({ page }) => {
  await page.goto("/settings");
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByLabel("What it is for").fill("Nightly import");
  await page.getByRole("button", { name: "Make the key" }).click();
  const value = await page.getByRole("textbox", { name: "The new key" }).inputValue();
  expect(value.length).toBeGreaterThan(20);
  await clean(page, "a new key", [...levels, "best-practice"]);
  await page.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText("Nightly import")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Nightly import")).toBeVisible();
  expect(await page.content()).not.toContain(value);
  await page.getByRole("button", { name: "Revoke Nightly import" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
  await expect(page.getByText("revoked")).toBeVisible();
  const answer = await page.request.get("/api/keys", { headers: { Authorization: `Bearer ${value}`, Cookie: "" } });
  expect(answer.status()).toBe(401);
});

test("a theme is kept over a reload, and letters that are switched off do nothing", async ({ page }) => {
  await page.goto("/settings");
  await page.getByLabel("Theme").selectOption("dark");
  await page.getByRole("switch", { name: "Single letters act" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("switch", { name: "Single letters act" })).not.toBeChecked();
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Search and commands" })).toBeVisible();
});
