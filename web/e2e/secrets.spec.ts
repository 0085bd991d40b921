/** Threat 9 in a browser: secrets that this house holds reach no answer, no storage, no page and no address; and who leaves leaves nothing. */
import type { Page } from "@playwright/test";
import { everyPage, walk } from "./every-page.ts";
import { hostileHouse, sent } from "./hostile-house.ts";
import { bare as test, expect } from "./served.ts";
import { emptyFolder, gone, linkFor, said, serving } from "./server.ts";

const environment = {
  LYZR_API_KEY: "sk-default-CanaryOfTheBrowser9x8y7z6w",
  TENUTO_SECRET_KEY: "C7Yy3mCrxW6vVJ4nqk9oZ3l0mI2k8bq1cQ5tq9d0a3E=",
  TENUTO_BOOTSTRAP_KEY: "canary-bootstrap-of-the-browser-0123456789",
  SLACK_CLIENT_ID: "client-of-slack",
  SLACK_CLIENT_SECRET: "canary-client-secret-of-slack-5f3a",
};
const account = "canary-account/of+the=browser-7d21";

/** As it is, within an address, within JSON, and in base64 wherever it begins. */
function forms(secret: string): string[] {
  const shifted = [0, 1, 2].map((offset) => Buffer.from("\0".repeat(offset) + secret).toString("base64").slice(4, -4));
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString("hex"), ...shifted, ...shifted.map((each) => each.replaceAll("+", "-").replaceAll("/", "_"))];
}

/** Everything that the browser keeps, and what the page is made of: attributes, values of fields, shadow roots. */
async function held(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const parts: string[] = [location.href, document.cookie, JSON.stringify(Object.entries(localStorage)), JSON.stringify(Object.entries(sessionStorage)), JSON.stringify(history.state)];
    const look = (root: Document | ShadowRoot): void => {
      parts.push(root instanceof ShadowRoot ? root.innerHTML : root.documentElement.outerHTML);
      for (const element of root.querySelectorAll("*")) {
        if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) parts.push(element.value);
        if (element.shadowRoot !== null) look(element.shadowRoot);
      }
    };
    look(document);
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(request.error ?? new Error("refused")));
      });
      for (const table of database.objectStoreNames) {
        const all = database.transaction(table).objectStore(table).getAll();
        parts.push(JSON.stringify(await new Promise((resolve) => all.addEventListener("success", () => resolve(all.result)))));
      }
      database.close();
    }
    for (const name of await caches.keys()) parts.push(name);
    return parts.join("\n");
  });
}

test("secrets of the house reach no browser, and who signs out leaves nothing in theirs", async ({ browser }) => {
  test.setTimeout(180_000);
  const folder = emptyFolder();
  const server = serving(folder, "0", environment);
  try {
    const { address } = await said(server, true);
    // The browser is signed in by a link, as a member is; the bootstrap key stays with whoever set it.
    const context = await browser.newContext({ baseURL: address, reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
    const asOwner = await browser.newContext({ baseURL: address, extraHTTPHeaders: { authorization: `Bearer ${environment.TENUTO_BOOTSTRAP_KEY}` } });
    const owner = asOwner.request;
    const ids = await hostileHouse(owner, address);
    await sent(owner.post("/api/connections", { data: { integration: "openapi", name: "canary", secret: account } }));
    const { value: key } = (await sent(owner.post("/api/keys", { data: { name: "ci", role: "viewer" } }))) as unknown as { value: string };
    const { member } = (await sent(owner.post("/api/members", { data: { name: "Ada", role: "owner" } }))) as unknown as { member: { id: string } };
    const link = linkFor(folder, member.id, environment);
    const page = await context.newPage();
    await page.goto(new URL(link).pathname + new URL(link).hash);
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
    const cookie = (await context.cookies()).find((each) => each.name.includes("tenuto"));
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });

    const secrets: Record<string, string> = { ...environment, account, key, link: new URL(link).hash.slice(1), cookie: cookie?.value ?? "" };
    delete secrets["SLACK_CLIENT_ID"];
    const found: string[] = [];
    let heard = 0;
    const search = (where: string, text: string): void => {
      for (const [name, secret] of Object.entries(secrets)) if (forms(secret).some((form) => text.includes(form))) found.push(`${name}: ${where}`);
    };
    page.on("response", (answer) => {
      heard += 1;
      search(answer.url(), `${answer.url()}\n${JSON.stringify(answer.headers())}`);
      if (!(answer.headers()["content-type"] ?? "").includes("event-stream")) answer.text().then((text) => search(answer.url(), text), () => undefined);
    });
    page.on("console", (message) => search("the console", message.text()));
    search("the search finds what is there", `x${Buffer.from(`k=${account};`).toString("base64")}y`);
    expect(found.splice(0)).toEqual(["account: the search finds what is there"]);

    await walk(page, everyPage(ids), async (where) => search(where, await held(page)));
    expect(heard).toBeGreaterThan(100);
    expect(found).toEqual([]);

    // Something that is on this device alone is there, and is gone with whoever wrote it.
    await page.route("**/api/workflows/*/draft", (route) => (route.request().method() === "GET" ? route.continue() : route.abort()));
    await page.goto(`/workflows/${ids.workflow}`);
    await page.getByRole("group", { name: /^One / }).first().click({ position: { x: 70, y: 12 } });
    await page.getByRole("textbox", { name: "Name" }).first().fill("Only on this device");
    await expect.poll(() => held(page).then((text) => /"pending":.*Only on this device/.test(text))).toBe(true);
    await page.goto("/settings");
    expect((await held(page)).includes("Only on this device")).toBe(true);
    await page.getByRole("button", { name: /^Ada, / }).first().click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in to Tenuto" })).toBeVisible();
    const left = await held(page);
    expect(["Only on this device", "onerror", ids.workflow].filter((each) => left.includes(each))).toEqual([]);
    await page.goBack();
    await expect(page.getByRole("heading", { name: "Sign in to Tenuto" })).toBeVisible();
    expect((await page.request.get("/api/auth/me", { headers: { cookie: `${cookie?.name}=${cookie?.value}` } })).status()).toBe(401);
    await context.close();
    await asOwner.close();
  } finally {
    await gone(server, folder);
  }
});
