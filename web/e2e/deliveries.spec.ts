/** What came to a webhook and was not believed is said in words. */
import { expect, test } from "./served.ts";

test("a delivery that was refused says why and what to do", async ({ page }) => {
  await page.goto("/");
  const { origin } = new URL(page.url());
  const post = async (path: string, data: object): Promise<void> => {
    const answer = await page.request.post(path, { headers: { Origin: origin }, data });
    expect(answer.ok(), await answer.text()).toBe(true);
  };
  await post("/api/workflows", { id: "signed", name: "Signed orders", startNode: "note", nodes: [{ id: "note", type: "transform", config: { value: "{{ input }}" } }], triggers: [{ id: "shop", type: "webhook", path: "signed/orders" }] });
  await post("/api/workflows/signed/publish", {});
  expect((await page.request.post("/api/hooks/signed/orders", { data: { order: 1 } })).status()).toBe(401);
  await page.goto("/triggers");
  await page.getByRole("tab", { name: "Deliveries" }).click();
  const row = page.getByRole("row", { name: /Refused: it carries no signature/ });
  // Refusals are written down together, and the list asks every ten seconds.
  await expect(row).toBeVisible({ timeout: 30_000 });
  await expect(row).toContainText("Give the sender the trigger's signing secret.");
});
