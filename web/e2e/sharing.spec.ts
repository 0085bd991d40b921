/** Whose runs may use an account is changed later; who was named stays named, and who may not change it is told so. */
import { expect, test } from "./served.ts";

test("an account is shared with everybody and taken back, and a workspace's own is not", async ({ page }) => {
  await page.goto("/");
  const { origin } = new URL(page.url());
  const me = ((await (await page.request.get("/api/auth/me")).json()) as { id: string }).id;
  const make = async (name: string, more: object): Promise<string> => {
    const answer = await page.request.post("/api/connections", { headers: { Origin: origin }, data: { integration: "openapi", name, secret: "a-key-of-the-journey", ...more } });
    expect(answer.status(), await answer.text()).toBe(201);
    return ((await answer.json()) as { connection: { id: string } }).connection.id;
  };
  const mine = await make("mine", { user_id: me, shared: false });
  await make("everybodys", {});
  const named = await page.request.put(`/api/connections/${mine}/sharing`, { headers: { Origin: origin }, data: { users: ["grace"] } });
  expect(named.status()).toBe(200);
  const users = async (): Promise<string[]> => ((await (await page.request.get(`/api/connections/${mine}`)).json()) as { connection: { shared_with: string[] } }).connection.shared_with;

  await page.goto("/connections");
  await page.getByRole("row", { name: /^mine/ }).click();
  const everybody = page.getByRole("switch", { name: "Everybody's runs may use it" });
  await expect(everybody).not.toBeChecked();
  await expect(page.getByText("Shared with grace.")).toBeVisible();
  await everybody.click();
  await expect(everybody).toBeChecked();
  await expect.poll(users).toEqual(["*", "grace"]);
  await expect(everybody).toBeEnabled();
  await everybody.click();
  await expect(everybody).not.toBeChecked();
  await expect.poll(users).toEqual(["grace"]);
  await page.keyboard.press("Escape");

  await page.getByRole("row", { name: /^everybodys/ }).click();
  await expect(everybody).toBeChecked();
  await expect(everybody).toBeDisabled();
  await expect(page.getByText("It is the workspace's own")).toBeVisible();
});

test("whoever may not change connections is told so", async ({ page }) => {
  await page.goto("/");
  const me = ((await (await page.request.get("/api/auth/me")).json()) as { id: string }).id;
  const answer = await page.request.post("/api/connections", { headers: { Origin: new URL(page.url()).origin }, data: { integration: "openapi", name: "looked at", secret: "a-key-of-the-journey", user_id: me, shared: false } });
  expect(answer.status(), await answer.text()).toBe(201);
  await page.route("**/api/auth/me", async (route) => {
    const said = await route.fetch();
    const whole = (await said.json()) as { permissions: string[] };
    await route.fulfill({ response: said, json: { ...whole, role: "viewer", permissions: whole.permissions.filter((each) => each.endsWith(":read")) } });
  });
  await page.goto("/connections");
  await page.getByRole("row", { name: /^looked at/ }).click();
  await expect(page.getByRole("switch")).toBeDisabled();
  await expect(page.getByText("Your role does not change who uses it.")).toBeVisible();
});
