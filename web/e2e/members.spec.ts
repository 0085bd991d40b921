/** Who is in the workspace: let in, given another role after a question, removed; the only owner stays, and a viewer is told why not. */
import { cleanInBothThemes } from "./axe.ts";
import { expect, test } from "./served.ts";

test("a member is let in, gets another role, and is removed", async ({ page }) => {
  await page.goto("/settings");
  // Lists that come push what is below them away from the pointer.
  await expect(page.getByRole("main").getByRole("status", { name: "Loading" })).toHaveCount(0);
  await page.getByRole("button", { name: "Add a member" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Grace of the journey");
  await dialog.getByLabel("E-mail address").fill("not an address");
  await dialog.getByRole("button", { name: "Add a member" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("E-mail address").fill("grace.journey@example.com");
  await dialog.getByLabel("Role").selectOption("viewer");
  await cleanInBothThemes(page);
  await dialog.getByRole("button", { name: "Add a member" }).click();
  await expect(dialog.getByLabel("Command", { exact: true })).toHaveValue(/^tenuto link [0-9a-f-]{36}$/);
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("listitem", { name: "Grace of the journey" });
  await row.getByLabel("Role of Grace of the journey").selectOption("editor");
  await expect(page.getByRole("dialog", { name: "Make Grace of the journey an editor?" })).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await expect(row.getByLabel("Role of Grace of the journey")).toHaveValue("viewer");
  await row.getByLabel("Role of Grace of the journey").selectOption("editor");
  await page.getByRole("dialog").getByRole("button", { name: "Change the role" }).click();
  await expect(row.getByLabel("Role of Grace of the journey")).toHaveValue("editor");
  await row.getByRole("button", { name: "Remove Grace of the journey" }).click();
  await cleanInBothThemes(page);
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await expect(row.getByText("removed", { exact: true })).toBeVisible();
});

test("the only owner keeps the role, and nothing acts for a person who allowed nothing", async ({ page }) => {
  await page.goto("/settings");
  const me = page.getByRole("listitem").filter({ hasText: "The only owner." });
  await expect(me.getByRole("combobox")).toBeDisabled();
  await expect(me.getByRole("button", { name: /^Remove/ })).toBeDisabled();
  await expect(page.getByText("You have allowed none.")).toBeVisible();
  await cleanInBothThemes(page);
});

test("a viewer is told that owners manage members, and asks for none", async ({ page }) => {
  const asked: string[] = [];
  await page.route("**/api/auth/me", async (route) => {
    const answer = await route.fetch();
    const me = (await answer.json()) as { permissions: string[] };
    await route.fulfill({ response: answer, json: { ...me, role: "viewer", permissions: me.permissions.filter((each) => each.endsWith(":read")) } });
  });
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/settings");
  await expect(page.getByText("Only an owner sees and changes who is in this workspace; your role is Viewer.")).toBeVisible();
  expect(asked).not.toContain("/api/members");
});
