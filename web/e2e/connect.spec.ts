/** An account is connected on its vendor's own page, in another window whose tie to ours the vendor cuts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { bare as test, expect } from "./served.ts";
import { emptyFolder, gone, said, serving } from "./server.ts";

const root = join(import.meta.dirname, "../..");
let folder: string;
let vendor: ChildProcess;
let server: ChildProcess;
let address: string;
let link: string;

test.beforeAll(async () => {
  const port = await free();
  vendor = spawn(join(root, ".venv/bin/python"), ["-m", "tests.doubles.oauth_page", `http://127.0.0.1:${port}/api/oauth/callback`], { cwd: root });
  const [base] = (await once(vendor.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  folder = emptyFolder();
  server = serving(folder, String(port), {
    TENUTO_GITHUB_CLIENT_ID: "client-of-the-double",
    TENUTO_GITHUB_CLIENT_SECRET: "secret of the double: 50% + more/0123456789",
    TENUTO_EGRESS_ALLOW: "127.0.0.1",
    TENUTO_GITHUB_OAUTH_SERVER: `${base.toString().trim()}/github`,
  });
  ({ address, link } = await said(server));
});

test.afterAll(async () => {
  vendor.kill("SIGTERM");
  await gone(server, folder);
});

test("allowed, refused, closed and blocked: each is said where it was begun, and an account that is allowed is there without a reload", async ({ page, context }) => {
  const bad: string[] = [];
  context.on("weberror", (error) => bad.push(error.error().message));
  await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective}`)));
  context.on("console", (message) => (message.text().startsWith("policy:") ? bad.push(message.text()) : undefined));
  await page.goto(link);
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.goto(`${address}/connections`);
  const connect = page.getByRole("button", { name: "Connect an account" }).first();
  const dialog = page.getByRole("dialog");

  await test.step("looked at and left by its key, once", async () => {
    await connect.click();
    await expect(dialog.getByLabel("Application")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(connect).toBeFocused();
  });

  await test.step("refused", async () => {
    await connect.click();
    await dialog.getByLabel("Application").selectOption({ label: "GitHub" });
    const other = await opened(page);
    await expect(other.getByRole("heading", { name: "Tenuto wants to act for you" })).toBeVisible();
    expect(await other.evaluate(() => window.opener === null), "the vendor's page has cut the tie").toBe(true);
    await other.getByRole("link", { name: "Refuse" }).click();
    await expect(dialog.getByRole("alert")).toContainText(/refused|denied/iu);
    await expect(dialog.getByRole("button", { name: "Go to the vendor" })).toBeEnabled();
  });

  await test.step("closed by the person", async () => {
    const other = await opened(page);
    await other.close();
    await dialog.getByRole("button", { name: "I closed it" }).click();
    await expect(dialog.getByRole("button", { name: "Go to the vendor" })).toBeEnabled();
  });

  await test.step("allowed", async () => {
    const other = await opened(page);
    await other.getByRole("link", { name: "Allow" }).click();
    await expect(page.getByText("GitHub is connected.")).toBeVisible();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("row", { name: /github/iu })).toContainText("Works");
    await page.bringToFront();
    await expect(connect).toBeFocused();
  });

  await test.step("blocked: the same window goes there and comes back", async () => {
    await page.evaluate(() => (window.open = () => null));
    await connect.click();
    await dialog.getByLabel("Application").selectOption({ label: "GitHub" });
    await dialog.getByRole("button", { name: "Go to the vendor" }).click();
    await dialog.getByRole("link").click();
    await page.getByRole("link", { name: "Allow" }).click();
    await expect(page).toHaveURL(`${address}/connections`);
    await expect(page.getByRole("row", { name: /github/iu }).first()).toBeVisible();
  });
  expect(bad).toEqual([]);
});

async function opened(page: Page): Promise<Page> {
  const other = page.context().waitForEvent("page");
  await page.getByRole("dialog").getByRole("button", { name: "Go to the vendor" }).click();
  return other;
}

async function free(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
