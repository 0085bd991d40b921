/** Every page with what can be opened on it, for journeys that look at all of them. */
import type { Locator, Page, Request } from "@playwright/test";

export interface Place {
  readonly path: string;
  /** What is opened there, one after the other; what is not there is passed over. */
  readonly open?: readonly ((page: Page) => Promise<unknown>)[];
}

/** What is not there is not waited for: the page has settled before. */
async function press(wanted: Locator, position?: { x: number; y: number }): Promise<void> {
  if ((await wanted.count()) > 0) await wanted.click(position === undefined ? {} : { position });
}

const button = (name: string | RegExp) => (page: Page) => press(page.getByRole("button", { name }).first());
const tab = (name: string | RegExp) => (page: Page) => press(page.getByRole("tab", { name }).first());
const row = (page: Page) => press(page.getByRole("main").getByRole("row").nth(1), { x: 8, y: 8 });
// A graph is laid out after its page has come; on every page with one there is this step.
const step = (page: Page) => page.getByRole("group", { name: /^One / }).first().click({ position: { x: 70, y: 12 } });
const menu = (page: Page) => page.keyboard.press("Control+k");
const close = (page: Page) => page.keyboard.press("Escape");

export interface Ids {
  readonly workflow: string;
  readonly run: string;
  readonly failed: string;
  /** A request of its own: other journeys leave theirs. */
  readonly asked?: string;
}

export function everyPage({ workflow, run, failed, asked = "" }: Ids): readonly Place[] {
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
    { path: `/approvals${asked && `?item=${asked}`}`, open: [button("Approve"), close] },
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
  const settled = settling(page);
  for (const { path, open = [] } of places) {
    await page.goto(path);
    await page.getByRole("main").first().waitFor();
    await settled();
    await look(path);
    for (const [index, act] of open.entries()) {
      await act(page).catch(() => undefined);
      await settled();
      await look(`${path}, step ${index + 1}`);
    }
  }
}

/** Waits until nothing has been asked for during a moment and what came is on the page; a stream, which never ends, is not waited for. */
function settling(page: Page): () => Promise<void> {
  const open = new Set<Request>();
  let last = 0;
  page.on("request", (request) => {
    last = Date.now();
    open.add(request);
  });
  const done = (request: Request): void => {
    last = Date.now();
    open.delete(request);
  };
  page.on("requestfinished", done);
  page.on("requestfailed", done);
  page.on("response", (answer) => (answer.headers()["content-type"]?.startsWith("text/event-stream") === true ? done(answer.request()) : undefined));
  return async () => {
    const most = Date.now() + 5_000;
    do await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
    while ((open.size > 0 || Date.now() - last < 100) && Date.now() < most);
  };
}
