/** Names, texts and errors as long as they may be: no page and no part of one scrolls sideways at 1280 and 390 pixels, and what is cut can be had whole. */
import type { Page } from "@playwright/test";
import type { Place } from "./every-page.ts";
import { longError, longHouse, names } from "./long-house.ts";
import { expect, test } from "./served.ts";

const sizes = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

/** What is wider than its place: the page itself, and what scrolls sideways under it without being made for that (a canvas, a row of tabs, a value's tree). */
function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth ? [`the page: ${document.documentElement.scrollWidth}`] : [];
    const meant = ".react-flow, .cm-editor, [role=tablist], .font-mono, pre, .sr-only, input, select";
    for (const element of document.querySelectorAll("#page, #page *, [role=dialog], [role=dialog] *")) {
      const { clientWidth, scrollWidth } = element;
      const { overflowX, textOverflow, webkitLineClamp } = getComputedStyle(element);
      if (scrollWidth <= clientWidth + 1 || clientWidth <= 1 || overflowX === "visible" || element.closest(meant) !== null) continue;
      // Dots say that there is more, and the whole is shown beside them.
      if (textOverflow !== "ellipsis" && webkitLineClamp === "none") found.push(`${element.tagName} ${element.className}: ${scrollWidth} in ${clientWidth}`);
    }
    return found;
  });
}

const row = (page: Page) => page.getByRole("main").getByRole("row").nth(1).click({ position: { x: 12, y: 12 } });
const step = (id: string): string => encodeURIComponent(`${id}_${"name-without-a-space-".repeat(5)}`.slice(0, 110));

test("nothing scrolls sideways, however long the names, the texts and the errors are", async ({ page }) => {
  test.setTimeout(240_000);
  const ids = await longHouse(page.request, new URL(page.url()).origin);
  const [run, failed, errors] = [ids.run, ids.failed, ids.errors].map((id) => `/runs/${encodeURIComponent(id)}`);
  const places: readonly Place[] = [
    { path: "/", open: [(at) => at.keyboard.press("Control+k")] },
    { path: "/workflows" },
    { path: `/workflows/${ids.workflow}` },
    { path: `/workflows/${ids.workflow}?from=1&to=2` },
    { path: `/runs?status=failed&workflow=${ids.wide}&trigger=api&time=24h&kind=simulated&q=reconciliation` },
    { path: "/runs" },
    { path: `${run}?view=timeline&node=${step("first")}` },
    { path: `${run}?view=events` },
    { path: `${failed}?node=${step("end")}` },
    { path: `${errors}?node=${step("end")}` },
    { path: "/approvals", open: [(at) => at.getByRole("main").getByRole("listitem").getByRole("button").first().click()] },
    { path: "/agents", open: [row] },
    { path: "/connections", open: [row] },
    { path: "/triggers", open: [row] },
    { path: "/triggers?tab=deliveries" },
    { path: "/settings" },
  ];
  const wide: string[] = [];
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const { path, open = [] } of places) {
      await page.goto(path);
      await page.getByRole("main").getByText(/Quarterly|Reconcile|name-without|another_word/).or(page.getByText("Nothing matches")).first().waitFor({ state: "attached" });
      const look = async (): Promise<void> => {
        const found = await sideways(page);
        if (found.length > 0) wide.push(`${path.slice(0, 60)} at ${size.width}: ${found.join("; ")}`);
      };
      await look();
      for (const act of open) {
        await act(page);
        await page.getByRole("dialog").or(page.getByRole("article")).first().waitFor();
        await look();
      }
    }
  }
  expect(wide).toEqual([]);
});

test("a name that is cut is shown whole beside the pointer, beside what has the focus, and in its own direction", async ({ page }) => {
  test.setTimeout(120_000);
  await longHouse(page.request, new URL(page.url()).origin);
  // Alone, as other journeys leave short names.
  await page.goto(`/workflows?q=${names.solid.slice(0, 40)}`);
  const tip = page.getByRole("tooltip");
  const link = page.getByRole("link", { name: names.solid }).first();
  await link.hover();
  await expect(tip).toContainText("TheEnd");
  await page.getByRole("heading", { level: 1 }).hover();
  await expect(tip).toHaveCount(0);
  // Past what clears the search.
  await page.getByRole("searchbox").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("End");
  await expect(page.locator("tr:focus")).toHaveCount(1);
  await expect(tip).toContainText((await page.locator("tr:focus a").textContent()) ?? "nothing");
  // A short name is not said twice.
  await page.goto("/agents");
  await page.getByRole("main").getByText("General Assistant").hover();
  await page.waitForTimeout(700);
  await expect(tip).toHaveCount(0);
});

test("a long error leaves room for the run, and all of it can be read and copied", async ({ page }) => {
  test.setTimeout(120_000);
  const ids = await longHouse(page.request, new URL(page.url()).origin);
  for (const size of sizes) {
    await page.setViewportSize(size);
    await page.goto(`/runs/${encodeURIComponent(ids.failed)}`);
    const views = page.getByRole("group", { name: "View" }).or(page.getByRole("button", { name: "Timeline" })).first();
    await expect(views).toBeInViewport();
    const opens = page.getByRole("button", { name: "Show all of it" }).first();
    await opens.click();
    await expect(page.getByText("the last words").first()).toBeAttached();
    await expect(views).toBeInViewport();
  }
  expect(longError.length).toBeGreaterThan(1_900);
});

test("on a phone the filters of runs stand behind one button, and what is set is told and taken away one by one", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/runs?status=failed&kind=simulated");
  const set = page.getByRole("list", { name: "Filters that are set" });
  await expect(set.getByRole("button")).toHaveText(["Failed", "Simulated"]);
  const open = page.getByRole("button", { name: "Filters: 2" });
  await expect(page.getByRole("searchbox")).toBeVisible();
  await open.click();
  const sheet = page.getByRole("dialog", { name: "Filters" });
  await sheet.getByLabel("Time").selectOption("24h");
  await expect(page).toHaveURL(/status=failed&kind=simulated&time=24h/);
  await sheet.getByRole("button", { name: "Show the runs" }).click();
  await expect(page.getByRole("button", { name: "Filters: 3" })).toBeFocused();
  await set.getByRole("button", { name: "Remove the filter Status: Failed" }).press("Enter");
  await expect(page).toHaveURL(/\/runs\?kind=simulated&time=24h$/);
  await expect(page.getByRole("button", { name: "Filters: 2" })).toBeFocused();
  await page.getByRole("button", { name: "Filters: 2" }).press("Enter");
  await sheet.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page).toHaveURL(/\/runs$/);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Filters", exact: true })).toBeFocused();
});

test("an account says its application by the name that people know", async ({ page }) => {
  const origin = new URL(page.url()).origin;
  // The catalog is the product's own; the account is put beside it, as a vendor would have to be asked for one.
  await page.route("**/api/connections?*", async (route) => {
    const answer = (await (await route.fetch()).json()) as { connections: object[] };
    await route.fulfill({ json: { ...answer, connections: answer.connections.map((each) => ({ ...each, integration: "google_sheets" })) } });
  });
  const made = await page.request.post("/api/connections", { headers: { origin }, data: { integration: "openapi", name: "the books", secret: "a-secret" } });
  expect(made.ok(), await made.text()).toBe(true);
  await page.goto("/connections");
  const row = page.getByRole("row", { name: /the books/ });
  await expect(row).toContainText("Google Sheets");
  await expect(row).not.toContainText("google_sheets");
  await row.click();
  await expect(page.getByRole("dialog", { name: "the books" })).toContainText("at Google Sheets");
});
