/** Threat 13 in a browser: markup in every field of everything is text on every page; an address leads nowhere but into the app. */
import type { Page } from "@playwright/test";
import { everyPage, walk } from "./every-page.ts";
import { hostile, hostileHouse } from "./hostile-house.ts";
import { expect, test } from "./served.ts";

// Names that lead nowhere are asked for on purpose.
test.use({ alsoExpected: /status of 404/ });

/** What there would be on a page if some text had been taken for markup; shadow roots are looked into. */
function runs(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const look = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll("*")) {
        const handlers = element.getAttributeNames().filter((name) => name.startsWith("on"));
        const address = element.getAttribute("href") ?? element.getAttribute("xlink:href") ?? element.getAttribute("src") ?? "";
        const script = element.tagName === "SCRIPT" && !element.hasAttribute("src");
        if (handlers.length > 0 || script || /^\s*(javascript|data:text|vbscript)/i.test(address) || address === "x" || ["IFRAME", "OBJECT", "EMBED"].includes(element.tagName)) {
          found.push(element.outerHTML.slice(0, 200));
        }
        if (element.shadowRoot !== null) look(element.shadowRoot);
      }
    };
    look(document);
    return found;
  });
}

test("markup in every field of everything is shown as text on every page", async ({ page }) => {
  test.setTimeout(240_000);
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const ids = await hostileHouse(page.request, new URL(page.url()).origin);
  await page.route("**/api/agent", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as object), response: { message: hostile("Answer"), result: null }, raw_response: hostile("Answer") } });
  });
  await page.setViewportSize({ width: 1440, height: 900 });
  const seen = new Set<string>();
  await walk(page, everyPage(ids), async (where) => {
    expect(await runs(page), where).toEqual([]);
    const text = await page.locator("body").innerText();
    for (const [, field] of text.matchAll(/([A-Z][\w ]{2,20}) "'>/g)) seen.add(field ?? "");
  });
  expect(dialogs).toEqual([]);
  // The walk is worth something only where the fields were on the pages: as text, to the letter.
  const shown = ["Workflow", "One", "Two", "Value", "Input", "Question", "Body", "Argument", "Label", "Error", "Agent", "Account", "Key", "Sheet", "Group", "Delivered"];
  expect(shown.filter((field) => ![...seen].some((each) => each.endsWith(field)))).toEqual([]);
  expect(page.url()).toContain("/nowhere-at-all");
});

test("what an agent answers is text, whatever it says", async ({ page }) => {
  await page.route("**/api/agent", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as object), response: { message: hostile("Answer"), result: null }, raw_response: hostile("Answer") } });
  });
  const origin = new URL(page.url()).origin;
  const made = (await (await page.request.post("/api/agents/config", { headers: { origin }, data: { name: "Mallory", provider: "simulated", type: "specialist" } })).json()) as { agent: { id: string } };
  await page.goto(`/agents?item=${made.agent.id}&view=chat`);
  await page.getByLabel("Message").fill(hostile("Question"));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("log", { name: "Conversation" })).toContainText(hostile("Answer"));
  expect(await runs(page)).toEqual([]);
});

const elsewhere = ["https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "/%09/evil.example", "/\t/evil.example", "/sign-in?next=//evil.example"];

test("whoever signs in is led to a page of this app and to no other", async ({ browser, served }) => {
  test.setTimeout(120_000);
  const context = await browser.newContext({ baseURL: served.address, storageState: served.state });
  const page = await context.newPage();
  const me = JSON.stringify(await (await page.request.get("/api/auth/me")).json());
  page.on("dialog", (dialog) => expect.soft(dialog.message()).toBe("never"));
  // The sign-in is answered as it is for a good link; where it leads is the app's own doing.
  await page.route("**/api/auth/sign-in", (route) => route.fulfill({ contentType: "application/json", body: me }));
  for (const next of elsewhere) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}#tnl_${"x".repeat(40)}`);
    await expect(page.getByRole("heading", { level: 1 }).or(page.getByText("There is no such page")).first()).toBeVisible();
    await expect(page.getByText("Sign in to Tenuto")).toHaveCount(0);
    expect(new URL(page.url()).origin, next).toBe(served.address);
    expect(page.url()).not.toContain("tnl_");
  }
  await page.goto(`/sign-in?next=${encodeURIComponent("/runs?status=failed")}#tnl_${"x".repeat(40)}`);
  await expect(page).toHaveURL(`${served.address}/runs?status=failed`);
  await context.close();
});

test("what stands in an address is text as well", async ({ page }) => {
  const text = encodeURIComponent(hostile("Address"));
  for (const path of [`/workflows?q=${text}`, `/runs?q=${text}&status=${text}&workflow=${text}`, `/runs/${text}`, `/workflows/${text}`, `/approvals?item=${text}`, `/agents?item=${text}`, `/connections?connect=${text}`, `/triggers?tab=${text}&item=${text}`, `/${text}`, `/#${text}`]) {
    // A run or a workflow of that name is not there, and the page says so.
    await page.goto(path);
    await page.getByRole("heading").or(page.getByRole("alert")).first().waitFor();
    expect(await runs(page), path).toEqual([]);
  }
});

test("no other page can hold one of ours in a frame", async ({ browser, served }) => {
  const context = await browser.newContext({ storageState: served.state });
  const page = await context.newPage();
  await page.route("http://evil.example/", (route) => route.fulfill({ contentType: "text/html", body: `<iframe name="ours" src="${served.address}/approvals"></iframe><iframe name="free" src="http://evil.example/free"></iframe>` }));
  await page.route("http://evil.example/free", (route) => route.fulfill({ contentType: "text/html", body: "Free" }));
  await page.goto("http://evil.example/");
  // A page that allows it is shown in the same way; ours is an error in its place.
  await expect(page.frameLocator("[name=free]").getByText("Free")).toBeVisible();
  await expect.poll(() => page.frame("ours")?.url()).toBe("chrome-error://chromewebdata/");
  await context.close();
});
