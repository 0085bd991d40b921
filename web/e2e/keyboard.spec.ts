/** The builder by keyboard alone, through the outline: no pointer in this file, and no field that keys did not reach. */
import type { Page } from "@playwright/test";
import { expect, test } from "./served.ts";
import { draftOf, shapeOf, tenSteps } from "./ten-steps.ts";

interface Focused {
  role: string;
  name: string;
  region: string;
}

/** What has the focus, as a screen reader would say it. */
async function focused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const outer = document.activeElement;
    const at = outer?.shadowRoot?.activeElement ?? outer;
    const labels = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement ? [...(at.labels ?? [])].map((label) => label.textContent).join(" ") : "";
    const name = at?.getAttribute("aria-label") ?? (labels || (at?.getAttribute("title") ?? (at === document.body ? "" : (at?.textContent ?? ""))));
    const region = outer?.closest("[data-region]")?.getAttribute("aria-label") ?? "";
    return { role: at?.getAttribute("role") ?? at?.tagName.toLowerCase() ?? "", name: name.trim(), region };
  });
}

async function expectFocus(page: Page, wanted: Partial<Record<keyof Focused, string | RegExp>>): Promise<void> {
  const matched = async (): Promise<string> => {
    const found = await focused(page);
    const wrong = Object.entries(wanted).filter(([part, value]) => !new RegExp(value).test(found[part as keyof Focused]));
    return wrong.length === 0 ? "there" : JSON.stringify(found);
  };
  await expect.poll(matched, { message: `the focus is at ${JSON.stringify(wanted, (_, value: unknown) => (value instanceof RegExp ? value.source : value))}` }).toBe("there");
}

/** Presses a key until the focus is where it is wanted. */
async function pressUntil(page: Page, key: string, wanted: (at: Focused) => boolean): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    if (wanted(await focused(page))) return;
    await page.keyboard.press(key);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  throw new Error(`${key} does not lead there; the focus is at ${JSON.stringify(await focused(page))}.`);
}

const toTree = (page: Page): Promise<void> => pressUntil(page, "Shift+F6", ({ role }) => role === "treeitem");

/** Goes to a row of the outline, from wherever one is in it. */
async function row(page: Page, name: RegExp): Promise<void> {
  await toTree(page);
  await page.keyboard.press("Home");
  await pressUntil(page, "ArrowDown", (at) => at.role === "treeitem" && name.test(at.name));
}

/** `N`, the words, Enter: the step is there and its first field that has to be filled in has the focus. */
async function add(page: Page, name: string, opener = "n"): Promise<void> {
  await page.keyboard.press(opener);
  await expectFocus(page, { role: "combobox" });
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await expectFocus(page, { region: "Inspector" });
}

/** Out of a field: Escape closes the list of completions, where one is open, then goes back to the step. */
async function back(page: Page): Promise<void> {
  await pressUntil(page, "Escape", ({ role }) => role === "treeitem");
}

async function begin(page: Page): Promise<string> {
  await page.setViewportSize({ width: 1720, height: 1000 });
  await page.goto("/workflows");
  const id = await page.evaluate(async () => {
    const answer = await fetch("/api/workflows/drafts", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    return ((await answer.json()) as { draft: { id: string } }).draft.id;
  });
  await page.goto(`/workflows/${id}`);
  await expect(page.getByRole("application", { name: "Workflow graph" })).toBeVisible();
  return id;
}

/** To the outline: F6 into the middle, O. */
async function outline(page: Page): Promise<void> {
  await pressUntil(page, "F6", ({ region }) => region === "View");
  await page.keyboard.press("o");
}

test("a workflow of ten steps with a branch and a parallel part is built by keyboard alone", async ({ page }) => {
  test.setTimeout(120_000);
  const id = await begin(page);
  await outline(page);
  await expectFocus(page, { role: "button", name: "Add the first step" });
  await add(page, "build a value", "Enter");
  await page.keyboard.type("1");
  await back(page);
  await expectFocus(page, { name: /Build a value/ });
  await add(page, "condition");
  await expectFocus(page, { name: /^Condition/ });
  // The second brace is closed by itself.
  await page.keyboard.type("{{ True ");
  await back(page);

  // A step after a way: the row of that way is where N adds.
  await row(page, /^When true: nothing/);
  await add(page, "python code");
  await page.keyboard.type("1 + 1");
  await row(page, /^When false: nothing/);
  await add(page, "delay");
  await page.keyboard.type("PT5M");
  await back(page);

  for (const [name, typed] of [["approval", "Shall it go on?"], ["loop", "{{ True "], ["for each", "{{ [1, 2] "], ["end", ""]] as const) {
    await add(page, name);
    await page.keyboard.type(typed);
    await back(page);
  }

  // Two at the same time, joined again by C.
  await row(page, /Python code/);
  await add(page, "http request");
  await page.keyboard.type("https://example.com/");
  await row(page, /Python code/);
  await add(page, "build a value");
  await page.keyboard.type("2");
  await row(page, /HTTP request/);
  await page.keyboard.press("c");
  await expectFocus(page, { role: "combobox" });
  await page.keyboard.type("build_a_value_2");
  await page.keyboard.press("Enter");
  await expectFocus(page, { role: "treeitem", name: /HTTP request/ });

  await expect.poll(async () => shapeOf(await draftOf(page, id))).toEqual(tenSteps);
  const places = (await draftOf(page, id)).definition.layout?.nodes ?? {};
  expect(new Set(Object.values(places).map(({ x, y }) => `${x} ${y}`)).size).toBe(Object.keys(places).length);

  // What is wrong is found by F8, from wherever one is: two bodies that hold nothing yet.
  await page.keyboard.press("F8");
  await expectFocus(page, { region: "Inspector" });
  for (const container of [/Loop/, /For each/]) {
    await row(page, container);
    await page.keyboard.press("ArrowDown");
    await expectFocus(page, { role: "treeitem", name: "Inside: nothing yet" });
    await add(page, "build a value");
    await page.keyboard.type("3");
    await back(page);
  }
  await expect(page.getByRole("button", { name: "No problems" })).toBeVisible();
  expect((await draftOf(page, id)).definition.nodes.map(({ config }) => config["value"] ?? null)).toEqual([1, null, null, null, null, null, null, null, null, 2]);
  expect(shapeOf(await draftOf(page, id))).toEqual(tenSteps);

  // It is published without leaving the keys.
  await pressUntil(page, "Tab", ({ name }) => name.startsWith("Publish"));
  await page.keyboard.press("Enter");
  await expectFocus(page, { name: /What has changed/ });
  await page.keyboard.type("Built by keys");
  await pressUntil(page, "Tab", ({ role, name }) => role === "button" && name === "Publish");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Version 1 is published.")).toBeVisible();

  // And tried: Ctrl+Enter opens the test, which asks nothing here.
  await toTree(page);
  await page.keyboard.press("Control+Enter");
  await expectFocus(page, { role: "button", name: "Start the test" });
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs\/.+/);
});

test("in the outline a step is renamed, wired in the inspector, deleted and brought back, and the focus is never lost", async ({ page }) => {
  const id = await begin(page);
  await outline(page);
  await add(page, "build a value", "Enter");
  await page.keyboard.type("1");
  await back(page);
  await add(page, "delay");
  await back(page);
  await add(page, "end");
  await back(page);

  await row(page, /Delay/);
  await page.keyboard.press("F2");
  await expectFocus(page, { role: "input", name: "Name" });
  await page.keyboard.type("Rest");
  await back(page);
  await expectFocus(page, { name: /Rest/ });

  // The way to the end is cut and drawn again, without a pointer.
  await page.keyboard.press("Enter");
  await expectFocus(page, { region: "Inspector" });
  await pressUntil(page, "Shift+Tab", ({ role }) => role === "tab");
  await page.keyboard.press("End");
  await expectFocus(page, { role: "tab", name: "Connections" });
  await pressUntil(page, "Tab", ({ name }) => name === "Disconnect Rest from End");
  await page.keyboard.press("Enter");
  await expect.poll(async () => shapeOf(await draftOf(page, id)).ways).toEqual(["build_a_value out delay"]);
  await expectFocus(page, { region: "Inspector", role: /^(?!body)/ });
  await pressUntil(page, "Tab", ({ role }) => role === "select");
  await page.keyboard.type("End");
  await pressUntil(page, "Tab", ({ role, name }) => role === "button" && name === "Connect");
  await page.keyboard.press("Enter");
  await expect.poll(async () => shapeOf(await draftOf(page, id)).ways).toEqual(["build_a_value out delay", "delay out end"]);
  await expectFocus(page, { region: "Inspector", role: /^(?!body)/ });

  await back(page);
  await page.keyboard.press("Control+Delete");
  await expect.poll(async () => shapeOf(await draftOf(page, id)).ways).toEqual(["build_a_value out end"]);
  await expectFocus(page, { role: "treeitem", name: /End/ });
  await page.keyboard.press("Control+z");
  await expect.poll(async () => shapeOf(await draftOf(page, id)).ways).toEqual(["build_a_value out delay", "delay out end"]);
  await expectFocus(page, { role: "treeitem" });

  // A list that is closed gives the focus back; a view that is changed hands it over; an inspector that is closed opens.
  await page.keyboard.press("n");
  await expectFocus(page, { role: "combobox" });
  await page.keyboard.press("Escape");
  await expectFocus(page, { role: "treeitem" });
  await page.keyboard.press("i");
  await page.keyboard.press("F2");
  await expectFocus(page, { role: "input", name: "Name" });
  await back(page);
  await page.keyboard.press("o");
  await expectFocus(page, { role: "application", region: "View" });
  await page.keyboard.press("o");
  await expectFocus(page, { role: "treeitem" });

  // Everything deleted: the button that begins anew has the focus.
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await expectFocus(page, { role: "button", name: "Add the first step" });
});
