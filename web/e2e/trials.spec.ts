/** Trying things out in the builder: a step by itself, pins, a part from a step on; and that no published run ever sees what is pinned. */
import type { Locator, Page } from "@playwright/test";
import { clean } from "./axe.ts";
import { expect, test } from "./served.ts";

const step = (page: Page, name: string): Locator => page.getByRole("group", { name: new RegExp(`^${name},`) });
const grip = { position: { x: 70, y: 12 } };

const priced = {
  name: "Priced",
  startNode: "fetch",
  nodes: [
    { id: "fetch", type: "transform", name: "Fetch", config: { value: "{{ {'price': input.price} }}" } },
    { id: "judge", type: "transform", name: "Judge", config: { value: "{{ 'worth ' + str(nodes.fetch.output.price * 2) }}" } },
    { id: "post", type: "integration", name: "Post", config: { integration: "slack", action: "send_message", params: { channel: "#trials", text: "{{ nodes.judge.output }}" } } },
    { id: "last", type: "transform", name: "Last", config: { value: "{{ 'told: ' + nodes.judge.output }}" } },
  ],
  edges: [{ from: "fetch", to: "judge" }, { from: "judge", to: "post" }, { from: "post", to: "last" }],
  layout: { nodes: { fetch: { x: 0, y: 0 }, judge: { x: 304, y: 0 }, post: { x: 608, y: 0 }, last: { x: 608, y: 160 } } },
};

async function opened(page: Page, definition: object = priced): Promise<string> {
  await page.setViewportSize({ width: 1720, height: 1000 });
  const id = await page.evaluate(async (body) => {
    const answer = await fetch("/api/workflows/drafts", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return ((await answer.json()) as { draft: { id: string } }).draft.id;
  }, { definition });
  await page.goto(`/workflows/${id}`);
  await step(page, "Fetch").waitFor();
  return id;
}

const dock = (page: Page): Locator => page.getByRole("region", { name: "Dock" });

async function testStep(page: Page, name: string): Promise<void> {
  await step(page, name).click(grip);
  await page.keyboard.press("t");
  await expect(dock(page).getByRole("heading", { name: `Test ${name}` })).toBeVisible();
  await expect(dock(page).getByRole("button", { name: "Run the test" })).toBeFocused();
}

test("a step is tested, pinned, and what comes after it runs on that; a published run does not", async ({ page }) => {
  const id = await opened(page);

  // Test with a value written by hand.
  await testStep(page, "Fetch");
  await dock(page).getByRole("combobox", { name: /^Value of What the run is started with/ }).selectOption("written here");
  await dock(page).getByRole("textbox", { name: /^Value of What the run is started with/ }).fill('{"price": 4');
  await expect(dock(page).getByRole("alert")).toHaveText("This is no JSON.");
  await dock(page).getByRole("textbox", { name: /^Value of What the run is started with/ }).fill('{"price": 4}');
  await page.keyboard.press("Control+Enter");
  const out = dock(page).getByRole("group", { name: "Output of Fetch" });
  await expect(out).toContainText("price:");
  await expect(out).toContainText("4");
  await dock(page).getByRole("button", { name: "Pin this" }).click();
  await expect(page.getByText("Fetch is pinned.")).toBeVisible();
  await expect(page.getByRole("button", { name: "1 pin", exact: true })).toBeVisible();
  await expect(step(page, "Fetch")).toContainText("pinned");

  // Another value, typed as JSON.
  await step(page, "Fetch").click(grip);
  await page.keyboard.press("p");
  await page.getByRole("dialog").getByRole("textbox", { name: "Value" }).fill('{"price": 21}');
  await page.getByRole("dialog").getByRole("button", { name: "Change the pin" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  // The next step's preview stands on it, and so does its test.
  await step(page, "Judge").click(grip);
  await expect(page.getByRole("complementary", { name: "Inspector" }).getByText("worth 42")).toBeVisible();
  await page.keyboard.press("t");
  await expect(dock(page).getByRole("combobox", { name: "Value of Fetch from" })).toHaveValue("pinned");
  await page.keyboard.press("Enter");
  await expect(dock(page).getByLabel("Output of Judge")).toContainText("worth 42");
  await page.getByRole("tab", { name: "Data" }).click();
  const sources = page.getByRole("list", { name: "What this step gives, by where it is known from" });
  await expect(sources.getByRole("listitem").first()).toContainText("last test");

  // From the last step but one on: nothing before it is done again.
  await step(page, "Post").click(grip);
  await page.keyboard.press("r");
  const asked = page.getByRole("dialog", { name: "Run from Post" });
  await expect(asked.getByRole("listitem").filter({ hasText: "Fetch" })).toContainText("answers what is known: pinned");
  await expect(asked.getByRole("listitem").filter({ hasText: "Judge" })).toContainText("answers what is known: last test");
  await expect(asked.getByRole("listitem").filter({ hasText: "Post" })).toContainText("runs");
  await asked.getByRole("switch", { name: "Simulate" }).click();
  await expect(asked.getByText("For real: Post.")).toBeVisible();
  await asked.getByRole("switch", { name: "Simulate" }).click();
  await asked.getByRole("button", { name: "Run from here" }).click();
  await expect(dock(page).getByRole("status").filter({ hasText: "The test has ended: completed." })).toBeVisible();
  await expect(dock(page).getByRole("listitem").filter({ hasText: "Fetch" })).toContainText("pinned");
  await step(page, "Last").click(grip);
  await expect(page.getByLabel("last test of Last")).toContainText("told: worth 42");

  // Published, the same workflow has never heard of it.
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await expect(page.getByText("Version 1 is published.")).toBeVisible();
  const run = await page.evaluate(async (workflow) => {
    const body = JSON.stringify({ workflow_id: workflow, input: { price: 5 }, simulate: true });
    const answer = await fetch("/api/workflow/execute?wait=30", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    return ((await answer.json()) as { execution: { id: string; results: Record<string, unknown> } }).execution;
  }, id);
  expect(run.results["last"]).toBe("told: worth 10");
  await page.goto(`/runs/${run.id}`);
  await expect(page.getByRole("group", { name: "Last", exact: true })).toContainText("Done");
  await expect(page.getByText(/pinned/i)).toHaveCount(0);
});

test("what would really happen is said before, and a mistake has its place", async ({ page }) => {
  await opened(page);
  await testStep(page, "Post");
  await expect(dock(page).getByText("Nothing outside is touched")).toBeVisible();
  await dock(page).getByRole("switch", { name: "Simulate" }).click();
  await expect(dock(page).getByText(/^This will really happen, once: /)).toBeVisible();
  await dock(page).getByRole("switch", { name: "Simulate" }).click();
  await dock(page).getByRole("button", { name: "Run the test" }).click();
  await expect(dock(page).getByRole("alert")).toContainText("nodes.judge.output");
  await dock(page).getByRole("button", { name: "Go to the field" }).click();
  await expect(page.getByRole("textbox", { name: /^Text/ })).toBeFocused();
});

test("the same can be done with a step on the canvas, in the outline, by menu and by name", async ({ page }) => {
  await opened(page);
  const verbs = ["Test step", "Test up to here", "Run from here", "Pin output", "Rename", "Duplicate", "Delete"];
  await step(page, "Judge").hover();
  const toolbar = page.getByRole("toolbar", { name: "Step" });
  for (const name of ["Test step", "Run from here", "Pin output", "Duplicate", "More …"]) await expect(toolbar.getByRole("button", { name })).toBeVisible();
  await step(page, "Judge").click({ ...grip, button: "right" });
  for (const name of verbs) await expect(page.getByRole("menuitem", { name: new RegExp(`^${name}`) }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Outline" }).click();
  await page.getByRole("treeitem", { name: /^2\. Judge/ }).getByRole("button", { name: "What can be done with Judge" }).click();
  for (const name of verbs) await expect(page.getByRole("menuitem", { name: new RegExp(`^${name}`) }).first()).toBeVisible();
  await page.getByRole("menuitem", { name: /^Pin output/ }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Value" }).fill('"by hand"');
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("treeitem", { name: /^2\. Judge/ })).toContainText("pinned");
  await page.getByRole("button", { name: "1 pin", exact: true }).click();
  await expect(page.getByText("Pinned values are used in tests only. Published runs never see them.")).toBeVisible();
  await page.getByRole("button", { name: "Unpin" }).click();
  await expect(page.getByRole("treeitem", { name: /^2\. Judge/ })).not.toContainText("pinned");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("Test up to here");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Test up to Judge" })).toBeVisible();
});

test("the whole draft is tested with a form of what it reads, and pins stand in", async ({ page }) => {
  await opened(page);
  await page.keyboard.press("Control+Enter");
  const asked = page.getByRole("dialog", { name: "Test the workflow" });
  await asked.getByRole("textbox", { name: "price" }).fill("50");
  await asked.getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\/.+/);
  await expect(page.getByText("Test of the draft.")).toBeVisible();
  const last = await page.evaluate(async (path) => ((await (await fetch(path)).json()) as { execution: { output: unknown; trigger: string } }).execution, `/api${new URL(page.url()).pathname.replace("/runs/", "/executions/")}`);
  expect(last.trigger).toBe("test");
});

test("whoever starts a test before its plan is there has not pressed in vain", async ({ page }) => {
  await opened(page, { name: "Quick", startNode: "fetch", nodes: [{ id: "fetch", type: "transform", name: "Fetch", config: { value: 1 } }], edges: [] });
  await page.route("**/test-run", async (route) => {
    if (route.request().postData()?.includes('"plan":true')) await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  });
  await page.keyboard.press("Control+Enter");
  await page.getByRole("dialog", { name: "Test the workflow" }).getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\/.+/);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing where steps are tried, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await opened(page);
    await testStep(page, "Fetch");
    await clean(page, "test of a step");
    await page.keyboard.press("Enter");
    await expect(dock(page).getByRole("alert").or(dock(page).getByRole("group", { name: "Output of Fetch" })).first()).toBeVisible();
    await clean(page, "what came of it");
    await page.getByRole("tab", { name: "Data" }).click();
    await clean(page, "data");
    await step(page, "Post").click(grip);
    await page.keyboard.press("r");
    await page.getByRole("dialog").getByRole("list").waitFor();
    await clean(page, "run from here");
    await page.keyboard.press("Escape");
    await step(page, "Judge").click(grip);
    await page.keyboard.press("p");
    await page.getByRole("dialog").waitFor();
    await clean(page, "pin");
    await page.keyboard.press("Escape");
    await step(page, "Judge").click({ ...grip, button: "right" });
    await clean(page, "menu");
  });
}
