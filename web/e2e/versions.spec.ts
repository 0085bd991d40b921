/** What a workflow was: compared on the canvas by keyboard, restored, discarded and taken back, against the served product. */
import type { Page } from "@playwright/test";
import { cleanInBothThemes } from "./axe.ts";
import { expect, test } from "./served.ts";

const step = (id: string, name: string, value: unknown, type = "transform"): object => ({ id, name, type, config: type === "end" ? {} : { value } });

/** The first version: read, sort, answer. */
const first = {
  name: "Compared",
  startNode: "read",
  nodes: [step("read", "Read the mail", "{{ input.text }}"), step("sort", "Sort it", "{{ nodes.read.output }} as before"), step("answer", "Answer", 1), step("stop", "Stop", null, "end")],
  edges: [{ from: "read", to: "sort" }, { from: "sort", to: "answer" }, { from: "answer", to: "stop" }],
  layout: { nodes: { read: { x: 0, y: 0 }, sort: { x: 320, y: 0 }, answer: { x: 640, y: 0 }, stop: { x: 960, y: 0 } } },
};

/** The second: another text, a step for another one, one that was moved, and a timeout. */
const second = {
  ...first,
  nodes: [first.nodes[0], step("sort", "Sort it", "{{ nodes.read.output }} as never before"), step("log", "Write it down", 2), first.nodes[3]],
  edges: [{ from: "read", to: "sort" }, { from: "sort", to: "log" }, { from: "log", to: "stop" }],
  settings: { timeout: "PT1H" },
  layout: { nodes: { read: { x: 0, y: 160 }, sort: { x: 320, y: 0 }, log: { x: 640, y: 0 }, stop: { x: 960, y: 0 } } },
};

async function send<T>(page: Page, method: string, path: string, body: unknown, rev?: number): Promise<T> {
  const answer = await page.request.fetch(path, { method, data: body as object, headers: { Origin: new URL(page.url()).origin, ...(rev === undefined ? {} : { "If-Match": `"${rev}"` }) } });
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/** A workflow with both versions published. */
async function twice(page: Page): Promise<string> {
  const { draft } = await send<{ draft: { id: string; rev: number } }>(page, "POST", "/api/workflows/drafts", { definition: first });
  const at = `/api/workflows/${draft.id}`;
  await send(page, "POST", `${at}/publish`, { note: "The first one" });
  await send(page, "PUT", `${at}/draft`, { definition: second }, draft.rev);
  await send(page, "POST", `${at}/publish`, { note: "Writes it down" });
  return draft.id;
}

async function nameOfDraft(page: Page, id: string): Promise<string> {
  return ((await (await page.request.get(`/api/workflows/${id}/draft`)).json()) as { draft: { definition: { name: string } } }).draft.definition.name;
}

async function stepsOfDraft(page: Page, id: string): Promise<string[]> {
  const { draft } = (await (await page.request.get(`/api/workflows/${id}/draft`)).json()) as { draft: { definition: { nodes: { id: string }[] } } };
  return draft.definition.nodes.map((node) => node.id);
}

test("two versions are compared on the canvas by keyboard, and the address says which and where", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const id = await twice(page);
  await page.goto(`/workflows/${id}?from=1&to=2`);
  await expect(page.getByRole("status").filter({ hasText: "1 step added, 1 step removed, 1 step changed, 1 step moved, 2 connections added, 2 connections removed, 1 setting added" })).toBeVisible();

  const graph = page.getByRole("application", { name: "Graph of both states" });
  for (const [name, mark] of [["Read the mail", "moved"], ["Sort it", "changed"], ["Write it down", "added"], ["Answer", "removed"]]) {
    const card = graph.getByRole("group", { name: new RegExp(`^${name},.*, ${mark}$`) });
    await expect(card).toBeVisible();
    await expect(card).toContainText(mark?.replace(/^./, (letter) => letter.toUpperCase()) ?? "");
  }

  // From change to change without a mouse.
  const list = page.getByRole("navigation", { name: "Changes" });
  await page.keyboard.press("F7");
  await expect(list.getByRole("status")).toContainText("Change 1 of");
  await page.keyboard.press("j");
  await expect(list.getByRole("button", { name: "Sort it Changed" })).toHaveAttribute("aria-current", "true");
  const details = page.getByRole("complementary", { name: "Details of the change" });
  await expect(details.getByRole("region", { name: "config › value" })).toContainText("as before");
  await expect(details.locator("ins")).toHaveText("never ");
  await expect.poll(() => page.url()).toContain("change=step+sort");
  await cleanInBothThemes(page);
  await page.keyboard.press("k");
  await page.keyboard.press("Shift+F7");
  await expect(list.getByRole("button", { name: "Settings of runs Added" })).toHaveAttribute("aria-current", "true");

  // Whoever is sent the address sees the same.
  await page.goto(`/workflows/${id}?from=1&to=2&change=step+sort&as=yaml`);
  await expect(details.getByRole("heading", { name: "Sort it" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "YAML, Version 2 (published)" })).toContainText("as never before");
  await cleanInBothThemes(page);
  await page.getByRole("button", { name: "Canvas" }).click();
  await page.getByRole("button", { name: "Swap before and after" }).click();
  await expect(graph.getByRole("group", { name: /^Answer,.*, added$/ })).toBeVisible();
  await page.getByRole("button", { name: "Back to the builder" }).click();
  await expect(page.getByRole("application", { name: "Workflow graph" })).toBeVisible();
});

test("an older version is looked at and restored, and that is undone", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const id = await twice(page);
  await page.goto(`/workflows/${id}`);
  await page.getByRole("button", { name: "History" }).click();
  const past = page.getByRole("tabpanel", { name: "History" });
  await expect(past.getByText("The first one").first()).toBeVisible();
  await cleanInBothThemes(page);
  await past.getByRole("button", { name: "Look: Version 1" }).click();
  await expect(page.getByRole("heading", { name: "Version 1, to look at" })).toBeVisible();
  await expect(page.getByRole("application", { name: "Graph of both states" }).getByRole("group", { name: /^Answer,/ })).toBeVisible();
  await page.getByRole("group", { name: /^Sort it,/ }).click();
  await expect(page.getByRole("complementary", { name: "Details of the change" })).toContainText("as before");
  await cleanInBothThemes(page);
  await page.getByRole("button", { name: "Restore version 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore", exact: true }).click();

  const canvas = page.getByRole("application", { name: "Workflow graph" });
  await expect(canvas.getByRole("group", { name: /^Answer,/ })).toBeVisible();
  expect(await stepsOfDraft(page, id)).toEqual(["read", "sort", "answer", "stop"]);
  await page.getByRole("button", { name: "Undo restoring version 1" }).click();
  await expect(canvas.getByRole("group", { name: /^Write it down,/ })).toBeVisible();
  await expect.poll(() => stepsOfDraft(page, id)).toEqual(["read", "sort", "log", "stop"]);
  const { version } = ((await (await page.request.get(`/api/workflows/${id}/draft`)).json()) as { draft: { version: number } }).draft;
  expect(version, "what runs stayed").toBe(2);
});

test("the draft is discarded with a question, and that is undone; publishing says what changes", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const id = await twice(page);
  await page.goto(`/workflows/${id}`);
  const name = page.getByRole("textbox", { name: "Name of the workflow" });
  await name.fill("Another name");
  await name.press("Enter");
  await expect.poll(() => nameOfDraft(page, id)).toBe("Another name");

  await page.getByRole("button", { name: "Publish", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Publish this workflow" });
  await expect(dialog).toContainText("Against version 2: 1 setting changed.");
  await cleanInBothThemes(page);
  await dialog.getByRole("button", { name: "See the changes" }).click();
  await expect(page.getByRole("navigation", { name: "Changes" }).getByRole("button", { name: "Name Changed" })).toBeVisible();
  await page.goBack();

  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: "Discard draft" }).click();
  const question = page.getByRole("dialog", { name: "Discard what was changed since it was published?" });
  await question.getByRole("button", { name: "Keep editing" }).click();
  expect(await nameOfDraft(page, id)).toBe("Another name");
  await page.getByRole("button", { name: "Discard draft" }).click();
  await question.getByRole("button", { name: "Discard draft" }).click();
  await expect(name).toHaveValue("Compared");
  expect(await nameOfDraft(page, id)).toBe("Compared");
  await expect(page.getByRole("tabpanel", { name: "History" }).getByText("before it was discarded")).toBeVisible();
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(name).toHaveValue("Another name");
  await expect.poll(() => nameOfDraft(page, id)).toBe("Another name");
});

test("graph and YAML stand beside each other with one selection, where there is room", async ({ page }) => {
  await page.setViewportSize({ width: 1720, height: 1000 });
  const id = await twice(page);
  await page.goto(`/workflows/${id}`);
  await page.getByRole("button", { name: "Canvas + YAML" }).click();
  const graph = page.getByRole("application", { name: "Workflow graph" });
  const text = page.getByRole("textbox", { name: "The workflow as YAML" });
  await expect(text).toContainText("Write it down");
  // The graph may have been fitted to the whole width before it was halved.
  await page.getByRole("button", { name: "Fit everything" }).click();
  await graph.getByRole("group", { name: /^Write it down,/ }).click({ position: { x: 70, y: 12 } });
  await expect(page.locator(".cm-chosen").filter({ hasText: "Write it down" })).toBeVisible();
  await expect(page.locator(".cm-chosen").filter({ hasText: "Sort it" })).toHaveCount(0);
  await text.getByText("Sort it").click();
  await expect(page.locator(".cm-chosen").filter({ hasText: "Sort it" })).toBeVisible();
  await expect(page.getByRole("complementary", { name: "Inspector" }).getByRole("textbox", { name: "Name" })).toHaveValue("Sort it");
  await page.keyboard.press("End");
  await page.keyboard.type("ed");
  await expect(graph.getByRole("group", { name: /^Sort ited,/ })).toBeVisible();
  await cleanInBothThemes(page);
  await page.setViewportSize({ width: 1300, height: 900 });
  await expect(page.getByRole("button", { name: "Canvas + YAML" })).toHaveCount(0);
  await expect(graph).toBeVisible();
});
