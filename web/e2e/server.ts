/** The product as its operator has it: a process with its data in a folder, its address, its one-time links. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext } from "@playwright/test";

export type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;

const root = join(import.meta.dirname, "../..");

/** A folder for the data of a server, which the user of its database may enter. */
export function emptyFolder(): string {
  const folder = mkdtempSync("/tmp/tenuto-e2e-");
  chmodSync(folder, 0o755);
  return folder;
}

/** A server as a process, with its data in a folder; port 0 takes a free one. */
export function serving(folder: string, port = "0", more: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(join(root, ".venv/bin/tenuto"), ["serve", "--port", port], { env: { ...process.env, ...more, TENUTO_DATA_DIR: folder }, cwd: folder });
}

/** Ends a server and forgets its data. */
export async function gone(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

/** A one-time link for a member of the house in a folder, as its operator makes one. */
export function linkFor(folder: string, member: string, more: Readonly<Record<string, string>> = {}): string {
  const said = execFileSync(join(root, ".venv/bin/tenuto"), ["link", member], { env: { ...process.env, ...more, TENUTO_DATA_DIR: folder }, cwd: folder, encoding: "utf8" });
  const link = /http\S+#\S+/.exec(said)?.[0];
  if (link === undefined) throw new Error(`No link:\n${said}`);
  return link;
}

/** Whoever opens a one-time link is signed in, as often as it is needed from then on. */
export async function signedIn(browser: Browser, link: string): Promise<Session> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  const session = await context.storageState();
  await context.close();
  return session;
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
