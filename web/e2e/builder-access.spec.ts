/** The builder for those who do not use a mouse, or do not see it: axe in both themes, stops of Tab, and a workflow built by keys alone. */
import type { Page } from "@playwright/test";
import { clean } from "./axe.ts";
import { expect, test } from "./served.ts";

async function newWorkflow(page: Page, definition?: object): Promise<string> {
  const id = await page.evaluate(async (body) => {
    const answer = await fetch("/api/workflows/drafts", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return ((await answer.json()) as { draft: { id: string } }).draft.id;
  }, definition === undefined ? {} : { definition });
  await page.goto(`/workflows/${id}`);
  return id;
}

const branched = {
  name: "Branched",
  startNode: "ask",
  nodes: [
    { id: "ask", type: "condition", name: "Ask", config: { condition: "{{ True }}" } },
    { id: "each", type: "map", name: "Each", config: { items: [1], body: { startNode: "x", nodes: [{ id: "x", type: "transform", config: { value: 1 } }] } } },
    { id: "wrong", type: "delay", name: "Wrong", config: {} },
  ],
  edges: [{ from: "ask", port: "true", to: "each" }, { from: "ask", port: "false", to: "wrong" }],
  layout: { notes: { n: { x: 0, y: 300, text: "A note" } }, groups: { g: { title: "Both", nodes: ["each", "wrong"] } } },
};

const views: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  canvas: (page) => page.getByRole("group", { name: /^Ask,/ }).waitFor(),
  "a step": (page) => page.getByRole("group", { name: /^Wrong,/ }).click({ position: { x: 70, y: 12 } }),
  "the list of steps": (page) => page.getByRole("toolbar", { name: "Canvas tools" }).getByRole("button", { name: "Add a step after" }).click(),
  outline: (page) => page.getByRole("button", { name: "Outline" }).click(),
  text: (page) => page.getByRole("button", { name: "YAML" }).click(),
  problems: (page) => page.getByRole("button", { name: /problem/ }).click(),
  "the test": (page) => page.getByRole("button", { name: "Test", exact: true }).click(),
};

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await newWorkflow(page, branched);
    for (const [name, open] of Object.entries(views)) {
      await page.evaluate(() => localStorage.removeItem("tenuto.builder-panels"));
      await page.reload();
      await page.getByRole("group", { name: /^Ask,/ }).waitFor();
      await open(page);
      await clean(page, name);
    }
  });
}

test("Tab stops at few places, and each is seen", async ({ page }) => {
  await newWorkflow(page, branched);
  await page.getByRole("group", { name: /^Ask,/ }).waitFor();
  await page.getByRole("button", { name: "Steps", exact: true }).click();
  let stops = 0;
  let hidden = 0;
  for (; stops < 60; stops += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const here = document.activeElement;
      if (here === null || here === document.body) return null;
      const box = here.getBoundingClientRect();
      return { seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight, last: here.getAttribute("aria-label") };
    });
    if (at === null) break;
    if (!at.seen) hidden += 1;
  }
  expect(hidden).toBe(0);
  expect(stops).toBeLessThanOrEqual(45);
});

test("a workflow is built, wired and undone by keys alone", async ({ page }) => {
  const id = await newWorkflow(page, { ...branched, nodes: branched.nodes.slice(0, 1), edges: [], layout: {} });
  const graph = page.getByRole("application", { name: "Workflow graph" });
  await expect(page.getByRole("group", { name: /^Ask,/ })).toBeVisible();
  await graph.focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("group", { name: /^Ask,/ })).toBeFocused();
  const add = async (name: string): Promise<void> => {
    await page.keyboard.press("n");
    await page.keyboard.type(name);
    await page.keyboard.press("Enter");
  };
  const walkTo = async (name: string): Promise<void> => {
    await graph.focus();
    await page.keyboard.press("Control+f");
    await page.keyboard.type(name);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("group", { name: new RegExp(`^${name},`) })).toBeFocused();
  };
  await add("build a value");
  await walkTo("Ask");
  await add("end");
  await walkTo("Build a value");
  await page.keyboard.press("c");
  await page.keyboard.type("end");
  await page.keyboard.press("Enter");
  await expect.poll(() => draftEdges(page, id)).toEqual(["ask true build_a_value", "ask false end", "build_a_value out end"]);
  await walkTo("Build a value");
  await page.keyboard.press("Control+z");
  await expect.poll(() => draftEdges(page, id)).toEqual(["ask true build_a_value", "ask false end"]);
});

test("on a phone a step is filled in through the outline", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const id = await newWorkflow(page, branched);
  await page.getByRole("treeitem", { name: /Wrong/ }).click();
  await page.getByRole("textbox", { name: /^Duration/ }).click();
  await page.keyboard.insertText("PT5M");
  await page.getByRole("button", { name: "Close the inspector" }).click();
  await expect(page.getByRole("treeitem", { name: /Wrong.*PT5M/ })).toBeVisible();
  await expect
    .poll(() => page.evaluate(async (path) => ((await (await fetch(path)).json()) as { draft: { definition: { nodes: { config: object }[] } } }).draft.definition.nodes[2]?.config, `/api/workflows/${id}/draft`))
    .toEqual({ duration: "PT5M" });
  await clean(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

async function draftEdges(page: Page, id: string): Promise<string[]> {
  const edges = await page.evaluate(async (path) => {
    const answer = (await (await fetch(path)).json()) as { draft: { definition: { edges: { from: string; port?: string; to: string }[] } } };
    return answer.draft.definition.edges;
  }, `/api/workflows/${id}/draft`);
  return edges.map(({ from, port = "out", to }) => `${from} ${port} ${to}`);
}
