/** An expression is shown with its value: a plain path at once, anything else by the server; what is wrong is said under the field. */
import { expect, test } from "./served.ts";

test("the condition of the support example says what it gives", async ({ page }) => {
  await page.goto("/templates");
  await page.getByRole("button", { name: "Use it: Customer support triage" }).click();
  await page.getByRole("group", { name: /^Cannot wait/ }).first().click();
  const inspector = page.getByRole("complementary", { name: "Inspector" });
  await expect(inspector.getByText(/^→ (true|false) true or false$/)).toBeVisible();
  const field = inspector.getByRole("textbox", { name: "Condition" });
  await field.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.type("{{ nodes.classify.output.urgncy > 1 ");
  await expect(inspector.getByText(/urgncy/).last()).toBeVisible();
});
