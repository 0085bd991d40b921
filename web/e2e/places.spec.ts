/** From a template to a workflow of one's own; an agent made and asked; the dialog for accounts: by name and role, checked by axe. */
import { clean } from "./axe.ts";
import { expect, test } from "./served.ts";

test("a template is taken, found again in the list, run in simulation, copied and deleted", async ({ page }) => {
  // Other journeys take the same template: this one is known by its address.
  await page.goto("/templates");
  await clean(page);
  await page.getByRole("button", { name: "Use it: Customer support triage" }).click();
  await expect(page).toHaveURL(/\/workflows\/.+/);
  await expect(page.getByRole("application", { name: "Workflow graph" })).toBeVisible();
  const id = new URL(page.url()).pathname.split("/")[2] ?? "";
  await page.goto("/workflows");
  const row = page.getByRole("row").filter({ has: page.locator(`a[href*="${id}"]`) });
  await expect(row).toContainText("Draft only");
  await clean(page);
  await row.getByRole("button", { name: /What can be done/ }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await expect(page.getByRole("row", { name: /Copy of Customer support triage/ })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search workflows" }).fill("copy of nothing");
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await page.getByRole("button", { name: "Clear the filter" }).click();
  const copy = page.getByRole("row", { name: /Copy of/ });
  await copy.getByRole("button", { name: /What can be done/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  // What is behind a dialog is hidden from roles, so the list counts once the dialog has gone.
  await expect(page.getByText("Copy of Customer support triage is deleted.")).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("row", { name: /Copy of/ })).toHaveCount(0);
  await row.getByRole("button", { name: /What can be done/ }).click();
  await page.getByRole("menuitem", { name: "Run in simulation" }).click();
  await expect(page).toHaveURL(/\/runs\/.+/);
});

test("the gallery is searched and filtered, and a template is tried on the input that was chosen", async ({ page }) => {
  await page.goto("/templates");
  await expect(page.getByRole("article")).toHaveCount(12);
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search templates" })).toBeFocused();
  await page.keyboard.type("invoice approval");
  await expect(page.getByRole("article")).toHaveCount(1);
  await page.getByLabel("Application").selectOption("zendesk");
  await expect(page.getByText("Nothing here matches “invoice approval” and Zendesk.")).toBeVisible();
  await clean(page);
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await page.goto("/templates?application=zendesk");
  await expect(page.getByRole("article")).toHaveCount(1);
  await expect(page.getByRole("img", { name: "The graph of Ticket reply with approval" })).toBeVisible();
  await page.goto("/templates?application=google_sheets");
  await page.getByLabel("Try Invoice approval on").selectOption("A small invoice");
  await page.getByRole("button", { name: "Run in simulation: Invoice approval" }).click();
  await expect(page).toHaveURL(/\/runs\/.+/);
  await expect(page.getByRole("main").getByText(/\bDone\b/).first()).toBeVisible();
});

test("a pasted workflow that is wrong is said where it was pasted, and nothing of it is lost", async ({ page }) => {
  await page.goto("/workflows");
  await page.getByRole("button", { name: "Import" }).first().click();
  const text = page.getByRole("dialog").getByLabel("YAML or JSON", { exact: true });
  await text.fill("name: [");
  await page.getByRole("dialog").getByRole("button", { name: "Import" }).click();
  await expect(text).toHaveAttribute("aria-invalid", "true");
  await expect(text).toHaveValue("name: [");
  await clean(page);
  await text.fill("name: Pasted\nstartNode: a\nnodes:\n  - {id: a, type: transform, config: {value: 1}}\n");
  await page.getByRole("dialog").getByRole("button", { name: "Import" }).click();
  await expect(page).toHaveURL(/\/workflows\/.+/);
});

test("an agent is made, asked and deleted", async ({ page }) => {
  await page.goto("/agents");
  await page.getByRole("button", { name: "New agent" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill("Greeter");
  await sheet.getByLabel("Answers by").selectOption("simulated");
  await sheet.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /Greeter/ }).click();
  await clean(page);
  await sheet.getByRole("combobox", { name: "Add a tool" }).fill("github.create_issue");
  await page.keyboard.press("Enter");
  await expect(sheet.getByRole("checkbox", { name: "Approve", exact: true })).toBeDisabled();
  await sheet.getByRole("combobox", { name: "Add a tool" }).fill("nowhere.at_all");
  await expect(sheet.getByText("No action begins with nowhere.at_all.")).toBeVisible();
  await sheet.getByRole("combobox", { name: "Add a tool" }).fill("");
  await sheet.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Talk to Greeter" }).click();
  await sheet.getByLabel("Message").fill("Who are you?");
  await page.keyboard.press("Enter");
  const log = sheet.getByRole("log", { name: "Conversation" });
  await expect(log.getByRole("listitem")).toHaveCount(1);
  await expect(log).toContainText(/Greeter · simulated/);
  await clean(page);
  await page.reload();
  await sheet.getByRole("tab", { name: "Setup" }).click();
  await expect(sheet.getByText("github.create_issue")).toBeVisible();
  await sheet.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Greeter is deleted.")).toBeVisible();
  await expect(page.getByRole("row", { name: /Greeter/ })).toHaveCount(0);
});

test("what an account needs is asked for by its application, and triggers say how they come to be", async ({ page }) => {
  await page.goto("/connections");
  await page.getByRole("button", { name: "Connect an account" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Application").selectOption("jira");
  await dialog.getByLabel("How to sign in").selectOption("basic");
  await expect(dialog.getByLabel(/API token/)).toHaveAttribute("type", "password");
  await expect(dialog.getByRole("button", { name: "Keep" })).toBeDisabled();
  await clean(page);
  await page.goto("/triggers");
  // Other journeys may have published what starts by itself; what an empty list says is held by the journey of states.
  await expect(page.getByText("Nothing starts by itself yet").or(page.getByRole("table", { name: "Triggers" }))).toBeVisible();
  await page.getByRole("tab", { name: "Deliveries" }).click();
  await expect(page.getByText("No delivery has come yet").or(page.getByRole("table", { name: "Deliveries" }))).toBeVisible();
  await clean(page);
});

test("a new workflow is empty, asks what starts it, and is found in the list", async ({ page }) => {
  await page.goto("/workflows");
  await page.getByRole("button", { name: "New workflow" }).first().click();
  await expect(page.getByText("What starts this?")).toBeVisible();
  await page.goto("/workflows");
  await expect(page.getByRole("row", { name: /New workflow/ })).toContainText("Draft only");
});
