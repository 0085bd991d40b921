/** A run is watched while it goes on: what happens elsewhere is seen without a reload. */
import { expect, test } from "./served.ts";

test("a run that waits for a person goes on before one's eyes when it is approved", async ({ page }) => {
  await page.goto("/templates");
  await page.getByRole("button", { name: "Run in simulation: Approval before an e-mail" }).click();
  await expect(page).toHaveURL(/\/runs\/.+/);
  const main = page.getByRole("main");
  await expect(main.getByText(/approval/i).first()).toBeVisible();
  const origin = new URL(page.url()).origin;
  const run = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
  const questions = async () => (await (await page.request.get("/api/approvals?whose=all&state=open")).json()) as { approvals: { id: string; digest: string }[] };
  let asked: { id: string; digest: string } | undefined;
  await expect.poll(async () => (asked = (await questions()).approvals.find(({ id }) => id.startsWith(run)))).toBeDefined();
  const answer = await page.request.post(`/api/approvals/${asked?.id}`, { headers: { origin }, data: { decision: "approve", digest: asked?.digest } });
  expect([200, 202]).toContain(answer.status());
  await expect(main.getByText(/^Done\b/).first()).toBeVisible();
  await expect(main.getByText("Ended").first()).toBeVisible();
});

test("the timeline shows each step of a run, and the critical path in words", async ({ page }) => {
  await page.goto("/runs/first-run?view=timeline");
  const main = page.getByRole("main");
  for (const name of ["Read and rate", "Cannot wait?", "Brief the team", "What was done"]) await expect(main.getByText(name, { exact: true }).first()).toBeVisible();
  await main.getByRole("button", { name: "Critical path" }).click();
  await expect(main.getByRole("button", { name: "Critical path" })).toHaveAttribute("aria-pressed", "true");
  await expect(main.getByText(/Critical path \d/)).toBeVisible();
});
