/** The builder by mouse, against the served product. */
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./served.ts";
import { draftOf, shapeOf, tenSteps } from "./ten-steps.ts";

const step = (page: Page, name: string): Locator => page.getByRole("group", { name: new RegExp(`^${name},`) });

/** Takes hold of a card by its name, where no port is. */
const grip = { position: { x: 70, y: 12 } };

async function newWorkflow(page: Page): Promise<string> {
  const id = await page.evaluate(async () => {
    const answer = await fetch("/api/workflows/drafts", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    return ((await answer.json()) as { draft: { id: string } }).draft.id;
  });
  await page.goto(`/workflows/${id}`);
  return id;
}

async function pick(page: Page, name: string): Promise<void> {
  await page.getByRole("combobox", { name: "Add a step" }).or(page.getByPlaceholder(/^Search steps: /)).first().fill(name);
  await page.keyboard.press("Enter");
}

/** Draws a way from a port of one card. */
async function draw(page: Page, from: Locator, port: number, to: { x: number; y: number }): Promise<void> {
  const box = await from.locator(".react-flow__handle-right").nth(port).boundingBox();
  if (box === null) throw new Error("There is no such port.");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 40, box.y + 10, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.up();
}

async function tidy(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Tidy up" }).click();
  await expect(page.getByRole("button", { name: "Undo tidying up" })).toBeVisible();
}

async function middle(of: Locator): Promise<{ x: number; y: number }> {
  const box = await of.boundingBox();
  if (box === null) throw new Error("It is not seen.");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test("a workflow of ten steps with a branch and a parallel part is built by mouse", async ({ page }) => {
  await page.setViewportSize({ width: 1720, height: 1000 });
  const id = await newWorkflow(page);
  const canvas = page.getByRole("application", { name: "Workflow graph" });
  await expect(page.getByRole("heading", { name: "What starts this?" })).toBeVisible();

  // The first by drag from the palette.
  await page.getByRole("searchbox", { name: "Search steps" }).fill("build a value");
  await page.getByRole("button", { name: "Build a value" }).dragTo(canvas, { targetPosition: { x: 160, y: 700 } });
  await page.getByRole("searchbox", { name: "Search steps" }).fill("");
  await expect(step(page, "Build a value")).toBeVisible();

  // The second by the + of a port; a branch.
  await page.getByRole("button", { name: "Add a step after Build a value" }).click();
  await pick(page, "condition");
  await expect(step(page, "Condition")).toBeVisible();
  await page.getByRole("textbox", { name: "Condition" }).click();
  await page.keyboard.insertText("{{ True }}");

  // Its two ways are drawn into the open, and the list opens where they end.
  const fork = await middle(step(page, "Condition"));
  await draw(page, step(page, "Condition"), 0, { x: fork.x + 180, y: fork.y - 200 });
  await pick(page, "python code");
  await expect(step(page, "Python code")).toBeVisible();
  await draw(page, step(page, "Condition"), 1, { x: fork.x + 180, y: fork.y + 140 });
  await pick(page, "delay");
  await expect(step(page, "Delay")).toBeVisible();
  await page.keyboard.press("Escape");

  // Two steps at the same time after the code.
  await tidy(page);
  for (const name of ["http request", "build a value"]) {
    await step(page, "Python code").click(grip);
    await page.getByRole("toolbar", { name: "Step" }).getByRole("button", { name: "Add a step after" }).click();
    await pick(page, name);
  }
  await expect(step(page, "HTTP request")).toBeVisible();

  // Four more, one after the other, by the palette.
  await step(page, "Delay").click(grip);
  for (const name of ["Approval", "Loop", "For each", "End"]) await page.getByRole("button", { name, exact: true }).click();
  await tidy(page);
  await expect(step(page, "End")).toBeVisible();

  // The parallel part is joined by a way that is let go over a card.
  const last = page.getByRole("group", { name: /^Build a value,/ }).last();
  await draw(page, step(page, "HTTP request"), 0, await middle(last));

  await expect.poll(async () => shapeOf(await draftOf(page, id))).toEqual(tenSteps);

  // Everything can be taken back and done again.
  for (let count = 0; count < 3; count += 1) await page.getByRole("button", { name: /^Undo / }).click();
  await page.getByRole("button", { name: /^Redo / }).click();
});

test("a card is dragged, several are moved together, and one is deleted with what it led to kept", async ({ page }) => {
  await page.setViewportSize({ width: 1720, height: 1000 });
  const id = await newWorkflow(page);
  const canvas = page.getByRole("application", { name: "Workflow graph" });
  await page.getByRole("button", { name: "Add the first step" }).click();
  await pick(page, "build a value");
  await page.getByRole("button", { name: "Delay", exact: true }).click();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("button", { name: "Fit everything" }).click();
  await expect(step(page, "End")).toBeVisible();
  const before = await middle(step(page, "End"));
  await page.mouse.move(before.x - 40, before.y - 26);
  await page.mouse.down();
  await page.mouse.move(before.x - 40, before.y + 100, { steps: 10 });
  await page.mouse.up();
  const after = await middle(step(page, "End"));
  expect(after.y - before.y).toBeGreaterThan(90);

  await step(page, "Delay").click(grip);
  await canvas.press("Control+Delete");
  await expect(step(page, "Delay")).toHaveCount(0);
  await expect.poll(async () => (await draftOf(page, id)).definition.edges).toEqual([{ from: "build_a_value", to: "end" }]);
  await expect(step(page, "End")).toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(step(page, "Delay")).toBeVisible();
});

test("the tab that is behind is told, and nothing is overwritten", async ({ page, context }) => {
  const id = await newWorkflow(page);
  const other = await context.newPage();
  await other.goto(`/workflows/${id}`);
  const name = (of: Page): Locator => of.getByRole("textbox", { name: "Name of the workflow" });
  await expect(name(other)).toHaveValue("Untitled workflow");

  await name(page).fill("Of the first");
  await name(other).fill("Of the second");
  await other.keyboard.press("Control+s");
  await expect(page.getByRole("alert")).toContainText("Nothing was overwritten");
  await page.keyboard.press("Control+s");
  await expect(name(page)).toHaveValue("Of the first");
  expect((await draftOf(page, id)).definition.name).toBe("Of the second");

  await page.getByRole("button", { name: "Take theirs, drop mine" }).click();
  await expect(name(page)).toHaveValue("Of the second");
  await expect(page.getByRole("alert")).toHaveCount(0);

  // What was changed in other places is put together without a question.
  await page.getByRole("button", { name: "Add the first step" }).click();
  await pick(page, "build a value");
  await name(other).fill("Renamed meanwhile");
  await expect.poll(async () => (await draftOf(page, id)).definition).toMatchObject({ name: "Renamed meanwhile", nodes: [{ id: "build_a_value" }] });
  await expect(name(page)).toHaveValue("Renamed meanwhile");
  await expect(step(other, "Build a value")).toBeVisible();
});

test("what was not saved is there again after a reload, with the steps to undo it", async ({ page }) => {
  const id = await newWorkflow(page);
  await expect(page.getByRole("heading", { name: "What starts this?" })).toBeVisible();
  await page.route(`**/api/workflows/${id}/draft`, (route) => (route.request().method() === "PATCH" ? route.abort() : route.continue()));
  await page.getByRole("button", { name: "Add the first step" }).click();
  await pick(page, "delay");
  await expect(page.getByText(/^Offline, \d+ changes? kept here$/)).toBeVisible();
  await page.unroute(`**/api/workflows/${id}/draft`);
  await page.reload();
  await expect(step(page, "Delay")).toBeVisible();
  await expect.poll(async () => (await draftOf(page, id)).definition.nodes.length).toBe(1);
  await page.getByRole("button", { name: "Undo adding Delay" }).click();
  await expect(step(page, "Delay")).toHaveCount(0);
  await expect.poll(async () => (await draftOf(page, id)).definition.nodes.length).toBe(0);
});

test("a new step is seen whole, and its first field that has to be filled in has the focus", async ({ page }) => {
  const id = await newWorkflow(page);
  await page.getByRole("button", { name: "Add the first step" }).click();
  await pick(page, "slack send message");
  await expect(page.getByRole("textbox", { name: /^Channel/ })).toBeFocused();
  await page.keyboard.type("#support");
  await expect.poll(async () => JSON.stringify((await draftOf(page, id)).definition.nodes)).toContain("#support");
});

test("a draft is tried in simulation and published, and what is wrong keeps it from that", async ({ page }) => {
  const id = await newWorkflow(page);
  await page.getByRole("button", { name: "Add the first step" }).click();
  await pick(page, "condition");
  await expect(page.getByRole("button", { name: "1 problem" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Publish" })).toHaveAttribute("aria-disabled", "true");
  await page.getByRole("textbox", { name: "Condition" }).click();
  await page.keyboard.insertText("{{ input.ready }}");
  await expect(page.getByRole("button", { name: "No problems" })).toBeVisible();

  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("textbox", { name: "What has changed" }).fill("First");
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await expect(page.getByText("Version 1 is published.")).toBeVisible();

  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByRole("button", { name: "Write it as JSON" }).click();
  await page.getByRole("textbox", { name: /^Input/ }).fill("{not json");
  await page.getByRole("button", { name: "Start the test" }).click();
  await expect(page.getByRole("alert")).toHaveText("This is no JSON.");
  await page.getByRole("textbox", { name: /^Input/ }).fill('{"ready": true}');
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\/.+/);
  const run = await page.evaluate(async (path) => ((await (await fetch(path)).json()) as { execution: { simulated: boolean } }).execution, `/api${new URL(page.url()).pathname.replace("/runs/", "/executions/")}`);
  expect(run.simulated).toBe(true);
  expect((await draftOf(page, id)).issues).toEqual([]);
});
