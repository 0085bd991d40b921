/** Every page with what can be opened on it, for journeys that look at all of them. */
import type { Page } from "@playwright/test";

export interface Place {
  readonly path: string;
  /** What is opened there, one after the other; what is not there is passed over. */
  readonly open?: readonly ((page: Page) => Promise<unknown>)[];
}

const button = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first().click({ timeout: 700 });
const tab = (name: string | RegExp) => (page: Page) => page.getByRole("tab", { name }).first().click({ timeout: 700 });
const row = (page: Page) => page.getByRole("main").getByRole("row").nth(1).click({ timeout: 700, position: { x: 8, y: 8 } });
const step = (page: Page) => page.getByRole("group", { name: /^One / }).first().click({ timeout: 2_000, position: { x: 70, y: 12 } });
const menu = (page: Page) => page.keyboard.press("Control+k");
const close = (page: Page) => page.keyboard.press("Escape");

export interface Ids {
  readonly workflow: string;
  readonly run: string;
  readonly failed: string;
}

export function everyPage({ workflow, run, failed }: Ids): readonly Place[] {
  const inspected = [step, tab("Input"), tab("Output"), tab("Attempts"), tab("Definition")];
  return [
    { path: "/", open: [menu, close] },
    { path: "/workflows", open: [button(/What can be done/), close, button("Import"), close] },
    { path: `/workflows/${workflow}`, open: [step, tab("Data"), tab("Settings"), tab("Connections"), button("Outline"), button("YAML"), button("Canvas"), button(/problem/), button("Publish"), close] },
    { path: "/runs" },
    { path: `/runs/${encodeURIComponent(run)}`, open: inspected },
    { path: `/runs/${encodeURIComponent(run)}?view=timeline` },
    { path: `/runs/${encodeURIComponent(run)}?view=events`, open: [row] },
    { path: `/runs/${encodeURIComponent(failed)}`, open: inspected },
    { path: "/approvals", open: [button("Approve"), close] },
    { path: "/approvals?group=decided" },
    { path: "/agents", open: [row, tab("Chat"), close] },
    { path: "/connections", open: [row, close, button("Connect an account"), close] },
    { path: "/triggers", open: [row, close, tab("Deliveries"), row, close] },
    { path: "/templates" },
    { path: "/settings", open: [button("New key"), close] },
    { path: "/nowhere-at-all" },
  ];
}

/** Opens all of it, and tells after each step. */
export async function walk(page: Page, places: readonly Place[], look: (where: string) => Promise<void>): Promise<void> {
  for (const { path, open = [] } of places) {
    await page.goto(path);
    await page.getByRole("main").first().waitFor();
    await settled(page);
    await look(path);
    for (const [index, act] of open.entries()) {
      await act(page).catch(() => undefined);
      await settled(page);
      await look(`${path}, step ${index + 1}`);
    }
  }
}

/** Nothing is being asked for any more; a stream, which never ends, is not waited for. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle", { timeout: 900 }).catch(() => undefined);
}
