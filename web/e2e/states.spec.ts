/** What each page shows when it has nothing to show: loading, empty, filtered to nothing, wrong, offline, not allowed; in words, and clean for axe in both themes. */
import type { Page, Route } from "@playwright/test";
import { cleanInBothThemes } from "./axe.ts";
import type { House } from "./furnished.ts";
import { bare as test, expect } from "./served.ts";

interface Place {
  readonly name: string;
  readonly path: string;
  /** What the page lives on; the answers to it are delayed, emptied, refused. */
  readonly api: string | RegExp;
  /** What is there when all is well. */
  readonly well: string | RegExp;
  /** What is said where there is nothing, and what can be done about it. */
  readonly empty?: { readonly says: string; readonly act?: string | RegExp };
}

const places: readonly Place[] = [
  { name: "Home", path: "/", api: /\/api\/executions\?.*limit=8/, well: /Customer support triage/, empty: { says: "Nothing has run yet" } },
  { name: "Workflows", path: "/workflows", api: /\/api\/workflows(\?|$)/, well: /States of pages/, empty: { says: "No workflow yet", act: "New workflow" } },
  { name: "Builder", path: "/workflows/:id", api: /\/api\/workflows\/[^/]+\/draft/, well: /Say hello/ },
  { name: "Runs", path: "/runs", api: /\/api\/executions\?/, well: /Customer support triage/, empty: { says: "No run yet", act: "Go to Workflows" } },
  { name: "Run", path: "/runs/first-run", api: /\/api\/executions\/first-run$/, well: /Read and rate/ },
  { name: "Approvals", path: "/approvals", api: /\/api\/approvals\?.*limit=50/, well: /May it go\?/, empty: { says: "Nothing waits for you" } },
  { name: "Agents", path: "/agents", api: /\/api\/agents\/config/, well: /Greeter of states/, empty: { says: "No agent yet", act: "New agent" } },
  { name: "Connections", path: "/connections", api: /\/api\/connections\?/, well: /states-account/, empty: { says: "No account is connected", act: "Connect an account" } },
  { name: "Triggers", path: "/triggers", api: /\/api\/triggers\?/, well: /states-hook/, empty: { says: "Nothing starts by itself yet", act: "Open the workflows" } },
  { name: "Deliveries", path: "/triggers?tab=deliveries", api: /\/api\/deliveries\?/, well: "Open the run", empty: { says: "No delivery has come yet" } },
  { name: "Settings", path: "/settings", api: /\/api\/keys\?/, well: /states-key/, empty: { says: "There is no key yet", act: "New key" } },
];

// A page that stays open goes on asking, and would do so in the middle of the next test.
test.afterEach(async ({ browser }) => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

const at = ({ path }: Place, house: House): string => path.replace(":id", house.workflow);
const well = (page: Page, place: Place) => page.getByRole("main").getByText(place.well).first();

for (const place of places) {
  test.describe(place.name, () => {
    test("loads behind a skeleton that says so, once it takes long", async ({ house }) => {
      const page = await house.as("owner");
      let go: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (go = resolve));
      await page.route(place.api, async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(at(place, house));
      await expect(page.getByRole("main").getByRole("status", { name: "Loading" }).first()).toBeVisible();
      await cleanInBothThemes(page, "loading");
      go();
      await expect(well(page, place)).toBeVisible();
      await expect(page.getByRole("main").getByRole("status", { name: "Loading" })).toHaveCount(0);
    });

    test("says what went wrong with its number, and tries again", async ({ house }) => {
      const page = await house.as("owner");
      const wrong = { success: false, error: "The disk is full.", detail: "The disk is full.", type: "https://tenuto.dev/problems/internal", title: "Internal Server Error", status: 500, fix: "Make room on it.", instance: "4f9d2c7b81e60a35" };
      await page.route(place.api, (route) => route.fulfill({ status: 500, json: wrong }));
      await page.goto(at(place, house));
      const alert = page.getByRole("main").getByRole("alert").first();
      await expect(alert).toContainText("The disk is full.");
      await expect(alert).toContainText("Make room on it.");
      await expect(alert).toContainText("4f9d2c7b81e60a35");
      await cleanInBothThemes(page, "wrong");
      await page.unroute(place.api);
      await alert.getByRole("button", { name: "Try again" }).click();
      await expect(well(page, place)).toBeVisible();
      await expect(page.getByRole("main").getByText("The disk is full.")).toHaveCount(0);
    });

    test("keeps what it showed while the server is away, and says since when", async ({ house }) => {
      const page = await house.as("owner");
      await page.goto(at(place, house));
      await expect(well(page, place)).toBeVisible();
      await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => undefined);
      await page.context().setOffline(true);
      await expect(page.getByText(/The server cannot be reached\. What you see is from/)).toBeVisible();
      await expect(well(page, place)).toBeVisible();
      await cleanInBothThemes(page, "offline");
      await page.context().setOffline(false);
      await page.getByRole("button", { name: "Try again" }).first().click({ timeout: 2_000 }).catch(() => undefined);
      await expect(page.getByText(/The server cannot be reached/)).toHaveCount(0);
      await expect(well(page, place)).toBeVisible();
    });

    test("says whose permission is missing", async ({ house }) => {
      const page = await house.as("owner");
      const refused = { success: false, error: "This needs more.", detail: "This needs more.", type: "https://tenuto.dev/problems/forbidden", title: "Forbidden", status: 403 };
      await page.route(place.api, (route) => route.fulfill({ status: 403, json: refused }));
      await page.goto(at(place, house));
      await expect(page.getByRole("main").getByText(/^You may not see/).first()).toBeVisible();
      await cleanInBothThemes(page, "not allowed");
    });

    const { empty } = place;
    if (empty === undefined) return;
    test("says what it is for where there is nothing", async ({ house }) => {
      const page = await house.as("owner");
      await page.route(place.api, emptied);
      await page.goto(at(place, house));
      const main = page.getByRole("main");
      await expect(main.getByText(empty.says).first()).toBeVisible();
      if (empty.act !== undefined) await expect(main.getByRole("button", { name: empty.act }).or(main.getByRole("link", { name: empty.act })).first()).toBeVisible();
      await cleanInBothThemes(page, "empty");
    });
  });
}

/** The real answer, without what it lists. */
async function emptied(route: Route): Promise<void> {
  const answer = await route.fetch();
  const body = (await answer.json()) as Record<string, unknown>;
  await route.fulfill({ response: answer, json: Object.fromEntries(Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? [] : value])) });
}

for (const path of ["/workflows?q=nothing+of+that+name", "/runs?q=nothing-of-that-name", "/runs?status=cancelled"]) {
  test(`a filter that leaves nothing is named and taken away: ${path}`, async ({ house }) => {
    const page = await house.as("owner");
    await page.goto(path);
    await expect(page.getByText("Nothing matches")).toBeVisible();
    await cleanInBothThemes(page, "filtered");
    await page.getByRole("button", { name: "Clear the filter" }).first().click();
    await expect(page.getByText("Nothing matches")).toHaveCount(0);
    await expect(page.getByRole("main").getByText(/^(States of pages|Customer support triage)$/).filter({ visible: true }).first()).toBeVisible();
  });
}

test("whoever may only look sees every page, and nothing on it that would be refused", async ({ house }) => {
  test.setTimeout(120_000);
  const page = await house.as("viewer");
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("response", (answer) => {
    if (answer.status() >= 400) wrong.push(`${answer.status()} ${answer.request().method()} ${new URL(answer.url()).pathname}`);
  });
  for (const place of places) {
    await page.goto(at(place, house));
    if (place.name === "Approvals") await expect(page.getByRole("main").getByText(/^You may not see/).first()).toBeVisible();
    else if (place.name !== "Settings") await expect(well(page, place)).toBeVisible();
    for (const act of ["New workflow", "Import", "Publish", "New agent", "Connect an account", "New key", "Cancel the run"]) {
      await expect(page.getByRole("main").getByRole("button", { name: act, exact: true }), `${place.name}: ${act}`).toHaveCount(0);
    }
    await cleanInBothThemes(page, place.name);
  }
  // Whether one may decide is asked on the page of decisions alone, which then says what is missing.
  expect([...new Set(wrong)]).toEqual(["403 GET /api/approvals"]);
});
