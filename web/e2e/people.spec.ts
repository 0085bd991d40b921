/** What only a person can do: decide with a form, by keyboard and on a phone; and try a failed run another way. */
import { expect, test } from "./served.ts";

test("a request with a form is approved by keyboard, and the run goes on with what was filled in", async ({ page }) => {
  await page.goto("/templates");
  await page.getByRole("button", { name: "Run in simulation: Approval before an e-mail" }).click();
  await expect(page).toHaveURL(/\/runs\/.+/);
  const run = page.url();
  await page.goto("/approvals");
  await page.getByRole("button", { name: /Send this to/ }).first().click();
  const request = page.getByRole("article", { name: /Send this to/ });
  await request.getByLabel("Another subject").fill("Your refund");
  await request.getByRole("heading", { level: 2 }).click();
  await page.keyboard.press("a");
  await expect(request.getByRole("button", { name: /Approve/ }).first()).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("article", { name: /Send this to/ })).toHaveCount(0);
  await page.goto(run);
  await expect(page.getByRole("main").getByText("Ended").first()).toBeVisible();
  await page.goto("/approvals?group=decided");
  await expect(page.getByRole("article", { name: /Send this to/ })).toContainText(/Approved/);
});

test("on a phone a request is read and rejected with a reason", async ({ page }) => {
  await page.goto("/templates");
  await page.getByRole("button", { name: "Run in simulation: Approval before an e-mail" }).click();
  await expect(page).toHaveURL(/\/runs\/.+/);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/approvals");
  await page.getByRole("button", { name: /Send this to/ }).first().click();
  const request = page.getByRole("article", { name: /Send this to/ });
  await request.getByRole("button", { name: "Reject" }).click();
  await request.getByRole("textbox", { name: "Why not" }).fill("Not to this customer.");
  await request.getByRole("button", { name: "Reject now" }).click();
  await expect(request).toHaveCount(0);
  await page.goto("/approvals?group=decided");
  await page.getByRole("button", { name: /Send this to/ }).first().click();
  await expect(page.getByText("Not to this customer.")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("a failed run is forked from the step that failed, with another input, and the fork is done", async ({ page }) => {
  const origin = new URL(page.url()).origin;
  const workflow = { name: "Half", startNode: "half", nodes: [{ id: "half", name: "Half of it", type: "transform", config: { value: "{{ 10 / input.by }}" } }] };
  const started = await page.request.post("/api/workflow/execute?wait=10", { headers: { origin }, data: { workflow, input: { by: 0 }, simulate: true } });
  const { execution } = (await started.json()) as { execution: { id: string } };
  await page.goto(`/runs/${execution.id}`);
  await expect(page.getByRole("main").getByText(/^Failed/).first()).toBeVisible();
  await page.getByRole("group", { name: /^Half of it/ }).first().click();
  await page.getByRole("button", { name: "Fork from here" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Input of the run" }).fill('{"by": 4}');
  await dialog.getByRole("button", { name: "Start the fork" }).click();
  await expect(page).not.toHaveURL(new RegExp(execution.id));
  await expect(page.getByRole("main").getByText(/^Done\b/).first()).toBeVisible();
  const fork = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  const { execution: made } = (await (await page.request.get(`/api/executions/${fork}`)).json()) as { execution: { output: number } };
  expect(made.output).toBe(2.5);
});
