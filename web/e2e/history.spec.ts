/** What the filters of the runs say is what is listed, and what something is done to. */
import { expect, test } from "./served.ts";

test("a filter of real runs lists none that is simulated, and what is done to all that match asks for those alone", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(`${request.url()} ${request.postData() ?? ""}`));
  await page.goto("/runs");
  const list = page.getByRole("main");
  await expect(list.getByText("Simulated").first()).toBeAttached();
  await page.getByRole("combobox", { name: "Kind" }).selectOption("real");
  await expect(page).toHaveURL(/kind=real/);
  await expect.poll(() => asked.some((each) => /\/api\/executions\?(.*&)?simulated=false/u.test(each))).toBe(true);
  await expect(list.getByText("first-run")).toHaveCount(0);
  await page.getByRole("combobox", { name: "Kind" }).selectOption("simulated");
  await expect(list.getByRole("button", { name: "With all that match" })).toBeVisible();
  await page.getByRole("button", { name: "With all that match" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect.poll(() => asked.filter((each) => each.includes("/api/executions/bulk")).map((each) => /"simulated":true/u.test(each))).toEqual([true]);
  await page.getByRole("dialog").getByRole("button", { name: "Do nothing" }).click();
});
