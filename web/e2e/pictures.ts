/** A picture of each page and view, in both themes and at the width of a phone, in web/screenshots; those that docs/ shows also in docs/images. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { picturedHouse } from "./pictured-house.ts";
import { expect, test } from "./served.ts";

const folder = join(import.meta.dirname, "../screenshots");
const images = join(import.meta.dirname, "../../docs/images");

/** Milliseconds in which what was asked for last is drawn. */
const settling = 500;

interface Picture {
  readonly path: string;
  readonly open?: (page: Page) => Promise<unknown>;
  /** Its name in docs/images, where a page of the documentation shows it. */
  readonly docs?: string;
  /** Also at 390 pixels; the name in docs/images, if it is shown there. */
  readonly phone?: true | string;
}

const step = (name: RegExp) => (page: Page) => page.getByRole("group", { name }).first().click({ position: { x: 70, y: 12 } });
const button = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first().click();
const row = (page: Page) => page.getByRole("main").getByRole("row").nth(1).click({ position: { x: 12, y: 12 } });

const pictures: Readonly<Record<string, Picture>> = {
  home: { path: "/", phone: true },
  menu: { path: "/", open: (page) => page.keyboard.press("Control+k") },
  keys: { path: "/", open: button("Keys") },
  workflows: { path: "/workflows", phone: true },
  import: { path: "/workflows", open: button("Import") },
  builder: { path: "/workflows/:id", open: step(/^Read and rate/), docs: "builder.png", phone: true },
  "builder-outline": { path: "/workflows/:id", open: async (page) => (await step(/^Read and rate/)(page), await button("Outline")(page)), docs: "builder-outline.png" },
  "builder-yaml": { path: "/workflows/:id", open: async (page) => (await step(/^Read and rate/)(page), await button("YAML")(page)), docs: "builder-yaml.png" },
  "builder-test": { path: "/workflows/:id", open: (page) => page.getByRole("button", { name: "Test", exact: true }).click() },
  "builder-publish": { path: "/workflows/:id", open: button(/^Publish/) },
  "builder-steps": { path: "/workflows/:id", open: (page) => page.getByRole("toolbar", { name: "Canvas tools" }).getByRole("button", { name: "Add a step after" }).click() },
  runs: { path: "/runs", docs: "runs.png", phone: true },
  run: { path: "/runs/first-run", open: step(/^Read and rate/), docs: "run.png", phone: true },
  "run-timeline": { path: "/runs/first-run?view=timeline", docs: "run-timeline.png" },
  "run-events": { path: "/runs/first-run?view=events", docs: "run-events.png" },
  "run-failed": { path: "/runs/failed-of-the-pictures", open: step(/^Divide/), phone: true },
  approvals: { path: "/approvals", docs: "approvals.png", phone: "approvals-phone.png" },
  agents: { path: "/agents", phone: true },
  agent: { path: "/agents", open: row },
  connections: { path: "/connections", docs: "connections.png", phone: true },
  connect: { path: "/connections?connect=jira", docs: "connect.png" },
  triggers: { path: "/triggers", phone: true },
  deliveries: { path: "/triggers?tab=deliveries" },
  templates: { path: "/templates", phone: true },
  settings: { path: "/settings", phone: true },
  nowhere: { path: "/nowhere" },
};

test.use({ alsoExpected: /status of 404/ });

test("every page", async ({ page }) => {
  test.setTimeout(480_000);
  mkdirSync(images, { recursive: true });
  const workflow = await picturedHouse(page);
  const without: string[] = [];
  for (const [name, { path, open, docs, phone }] of Object.entries(pictures)) {
    await page.setViewportSize({ width: 1440, height: 900 });
    // Each picture shows a page as it is first met, and not as the one before has left it.
    await page.evaluate(() => localStorage.clear());
    await page.goto(path.replace(":id", workflow));
    await page.getByRole("heading", { includeHidden: true }).first().waitFor({ state: "attached" });
    await page.waitForLoadState("networkidle", { timeout: 2_000 }).catch(() => undefined);
    await open?.(page).catch(() => without.push(name));
    await page.waitForLoadState("networkidle", { timeout: 1_000 }).catch(() => undefined);
    await page.waitForTimeout(settling);
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    }
    if (docs !== undefined) copyFileSync(join(folder, `${name}-light.png`), join(images, docs));
    if (phone === undefined) continue;
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(path.replace(":id", workflow));
    await page.waitForLoadState("networkidle", { timeout: 2_000 }).catch(() => undefined);
    if (name === "approvals") await page.getByRole("button", { name: /Send this to/ }).first().click();
    await page.waitForTimeout(settling);
    await page.screenshot({ path: join(folder, `${name}-phone.png`) });
    if (typeof phone === "string") copyFileSync(join(folder, `${name}-phone.png`), join(images, phone));
  }
  expect(without).toEqual([]);
});

test("signing in", async ({ browser, served }) => {
  const context = await browser.newContext({ baseURL: served.address, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("/sign-in");
  await page.getByRole("heading").first().waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `sign-in-${colorScheme}.png`) });
  }
  await context.close();
});
