/** A served product of its own for the tests of a file: real server, real database, a browser that is signed in and whose errors fail the test. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Page, test as base } from "@playwright/test";

export { expect } from "@playwright/test";

interface Served {
  readonly address: string;
  /** Signs the owner in, as often as it is needed. */
  readonly state: Awaited<ReturnType<ReturnType<Page["context"]>["storageState"]>>;
}

const root = join(import.meta.dirname, "../..");

/** Words of a browser that are no mistake of the page: a call that the test itself cut, and a refusal of what was typed or has changed since. */
const expected = /net::ERR_FAILED|Failed to fetch dynamically imported module|status of (400|409|412|422)/;

interface Given {
  context: ReturnType<Page["context"]>;
  /** What else the browser may say in a journey that asks for it: `test.use({ alsoExpected: /status of 404/ })`. */
  alsoExpected: RegExp | null;
}

export const test = base.extend<Given, { served: Served }>({
  alsoExpected: [null, { option: true }],
  served: [
    async ({ browser }, give) => {
      const folder = mkdtempSync("/tmp/tenuto-e2e-");
      chmodSync(folder, 0o755);
      const server = serving(folder);
      const { address, link } = await said(server);
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(link);
      await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
      const state = await context.storageState();
      await context.close();
      await give({ address, state });
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 120_000 },
  ],
  context: async ({ browser, served, alsoExpected }, give) => {
    const context = await browser.newContext({ baseURL: served.address, storageState: served.state, reducedMotion: "reduce" });
    const wrong: string[] = [];
    context.on("weberror", (error) => (expected.test(error.error().message) ? undefined : wrong.push(error.error().message)));
    context.on("console", (message) => {
      if (message.type() === "error" && !expected.test(message.text()) && alsoExpected?.test(message.text()) !== true) wrong.push(message.text());
    });
    context.on("response", (answer) => {
      if (answer.status() >= 500 && alsoExpected?.test(`status of ${answer.status()}`) !== true) wrong.push(`${answer.status()} ${answer.url()}`);
    });
    await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
    await give(context);
    await context.close();
    if (wrong.length > 0) throw new Error(`The page said:\n${wrong.join("\n")}`);
  },
  page: async ({ context }, give) => {
    const page = await context.newPage();
    await page.goto("/");
    await give(page);
  },
});

/** A server as a process, with its data in a folder; port 0 takes a free one. */
export function serving(folder: string, port = "0", more: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(join(root, ".venv/bin/tenuto"), ["serve", "--port", port], { env: { ...process.env, ...more, TENUTO_DATA_DIR: folder }, cwd: folder });
}

/** A one-time link for a member of the house in a folder, as its operator makes one. */
export function linkFor(folder: string, member: string, more: Readonly<Record<string, string>> = {}): string {
  const said = execFileSync(join(root, ".venv/bin/tenuto"), ["link", member], { env: { ...process.env, ...more, TENUTO_DATA_DIR: folder }, cwd: folder, encoding: "utf8" });
  const link = /http\S+#\S+/.exec(said)?.[0];
  if (link === undefined) throw new Error(`No link:\n${said}`);
  return link;
}

/** What the server says when it is there; the link where nobody owns it yet. */
export async function said(server: ChildProcess, owned = false): Promise<{ address: string; link: string }> {
  let text = "";
  return new Promise((resolve, reject) => {
    const hear = (part: Buffer): void => {
      text += part.toString();
      const address = /address\s+(http\S+)/.exec(text)?.[1];
      const link = /sign in\s+(http\S+)/.exec(text)?.[1] ?? (owned ? "" : undefined);
      if (address !== undefined && link !== undefined && text.includes("Serving")) resolve({ address, link });
    };
    server.stdout?.on("data", hear);
    server.stderr?.on("data", hear);
    server.once("exit", () => reject(new Error(`The server ended:\n${text}`)));
  });
}
