/** What each page shows when it has nothing to show: loading, empty, filtered to nothing, wrong, offline, not allowed; in words, and clean for axe in both themes. */
import { createHmac } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, type Page, type Route, expect, test as base } from "@playwright/test";
import { linkFor, said, serving } from "./served.ts";

interface House {
  /** A page of somebody with that role, signed in. */
  readonly as: (role: "owner" | "viewer") => Promise<Page>;
  readonly workflow: string;
}

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

const contexts: BrowserContext[] = [];

const test = base.extend<object, { house: House }>({
  house: [
    async ({ browser }: { browser: Browser }, give: (house: House) => Promise<void>) => {
      const folder = mkdtempSync("/tmp/tenuto-e2e-");
      chmodSync(folder, 0o755);
      const key = "bootstrap-key-of-the-states-0123456789";
      const server = serving(folder, "0", { TENUTO_BOOTSTRAP_KEY: key });
      try {
        const { address } = await said(server, true);
        const workflow = await furnished(address, key);
        const signedIn = new Map<string, Awaited<ReturnType<BrowserContext["storageState"]>>>();
        const as: House["as"] = async (role) => {
          const context = await browser.newContext({ baseURL: address, reducedMotion: "reduce", storageState: signedIn.get(role) ?? { cookies: [], origins: [] } });
          contexts.push(context);
          const page = await context.newPage();
          if (!signedIn.has(role)) {
            const link = new URL(linkFor(folder, await member(address, key, role), { TENUTO_BOOTSTRAP_KEY: key }));
            await page.goto(link.pathname + link.hash);
            await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
            signedIn.set(role, await context.storageState());
          }
          return page;
        };
        await give({ as, workflow });
      } finally {
        if (server.exitCode === null) {
          const ended = once(server, "exit");
          server.kill("SIGTERM");
          await ended;
        }
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

// A page that stays open goes on asking, and would do so in the middle of the next test.
test.afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

async function asked(address: string, key: string, path: string, body: object): Promise<Record<string, never>> {
  const answer = await fetch(address + path, { method: "POST", headers: { authorization: `Bearer ${key}`, "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, never>;
}

async function member(address: string, key: string, role: string): Promise<string> {
  const { member: made } = (await asked(address, key, "/api/members", { name: `Member ${role}`, role })) as unknown as { member: { id: string } };
  return made.id;
}

/** One of everything, so that each page has something to lose. */
async function furnished(address: string, key: string): Promise<string> {
  const nodes = [{ id: "hello", name: "Say hello", type: "transform", config: { value: "Hello" } }];
  const definition = { id: "states-of-pages", name: "States of pages", startNode: "hello", nodes, triggers: [{ id: "states-hook", type: "webhook", path: "states-hook" }] };
  await asked(address, key, "/api/workflows", definition);
  const { version } = (await asked(address, key, "/api/workflows/states-of-pages/publish", {})) as unknown as { version: { triggers: { secret: string }[] } };
  const stamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", version.triggers[0]?.secret ?? "").update(`${stamp}.{}`).digest("hex");
  await fetch(`${address}/api/hooks/states-hook`, { method: "POST", body: "{}", headers: { "content-type": "application/json", "x-signature-timestamp": stamp, "x-signature": `sha256=${signature}` } });
  await asked(address, key, "/api/agents/config", { name: "Greeter of states", provider: "simulated", type: "specialist" });
  await asked(address, key, "/api/connections", { integration: "openapi", name: "states-account", secret: "states-secret-0123456789" });
  await asked(address, key, "/api/keys", { name: "states-key", role: "viewer" });
  const asking = { name: "Asking", startNode: "ask", nodes: [{ id: "ask", type: "approval", config: { title: "May it go?" } }] };
  await asked(address, key, "/api/workflow/execute?wait=1", { workflow: asking, simulate: true });
  return "states-of-pages";
}

async function clean(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
    expect(violations.map(({ id, nodes }) => `${what}, ${colorScheme}: ${id} ${nodes[0]?.html}`)).toEqual([]);
  }
}

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
      await clean(page, "loading");
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
      await clean(page, "wrong");
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
      await clean(page, "offline");
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
      await clean(page, "not allowed");
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
      await clean(page, "empty");
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
    await clean(page, "filtered");
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
    await clean(page, place.name);
  }
  // Whether one may decide is asked on the page of decisions alone, which then says what is missing.
  expect([...new Set(wrong)]).toEqual(["403 GET /api/approvals"]);
});
