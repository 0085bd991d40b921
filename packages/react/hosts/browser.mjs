/** A person's browser on a host's page: `node browser.mjs URL`. Tells what it sees as lines of JSON, and waits for a line where it asks for something. */
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [url] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const wrong = [];
/** Addresses that were asked with a key, of which a page has none. */
const keyed = [];
const patience = 60_000;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const page = await browser.newPage();
page.setDefaultTimeout(patience);
page.on("pageerror", (error) => wrong.push(String(error)));
page.on("console", (message) => {
  // A server that is away, and a refusal that the page shows, are told there as well.
  if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
});
page.on("request", (request) => "authorization" in request.headers() && keyed.push(request.url()));
const shown = (label) => page.getByLabel(label, { exact: true });
const monitor = page.getByRole("region", { name: "Workflow run" });
const percent = () => monitor.getByRole("progressbar").getAttribute("value");
const press = (name) => page.getByRole("button", { name, exact: true }).click();

try {
  await page.goto(url);
  await live();
  await refused();
  await cancelled();
  await places();
  tell({ wrong, keyed, text: await page.locator("body").innerText() });
} finally {
  await browser.close();
}
process.exit();

/** A run that is watched while its server is restarted and then killed. */
async function live() {
  await press("Run");
  await until("Execution", /^\S+ pending$/);
  const [run] = (await shown("Execution").innerText()).split(" ");
  const steps = monitor.getByRole("listitem");
  await steps.nth(1).filter({ hasText: "Waiting" }).waitFor();
  const progress = [await percent()];
  const meanwhile = await shown("Finished").innerText();
  await ask("restart");
  await steps.nth(3).filter({ hasText: "Waiting" }).waitFor();
  await until("Connected", /^true$/);
  progress.push(await percent());
  await ask("kill");
  await until("Execution", / completed$/);
  await until("Ends", /./);
  // The other watcher has a stream of its own, which may come back later.
  await until("Status", /^completed/);
  progress.push(await percent());
  // Whoever tells it twice has had the time to.
  await page.waitForTimeout(1_500);
  tell({
    run,
    progress,
    finished: [meanwhile, await until("Finished", /completed/)],
    updates: await page.getByRole("region", { name: "Updates" }).getByRole("listitem").allInnerTexts(),
    ends: await shown("Ends").innerText(),
    status: await shown("Status").innerText(),
    connected: await shown("Connected").innerText(),
    said: await monitor.getByRole("status").innerText(),
    steps: await steps.allInnerTexts(),
  });
}

/** What cannot run is refused in a sentence, and the run before it stays. */
async function refused() {
  await press("Run what is broken");
  // Next.js has an empty one of its own, outside of the page, which tells of routes.
  const alert = page.getByRole("main").getByRole("alert");
  const sentence = (await alert.innerText()).replace("Understood", "").trim();
  await press("Understood");
  await alert.waitFor({ state: "detached" });
  tell({ refused: sentence, execution: await shown("Execution").innerText() });
}

/** A run that is cancelled from the page ends there as a failure that says who did it. */
async function cancelled() {
  await press("Run");
  await monitor.getByRole("listitem").nth(1).filter({ hasText: "Waiting" }).waitFor();
  await press("Cancel");
  tell({
    cancelled: await until("Finished", /^failed/),
    endsAfter: await until("Ends", / /),
    saidAfter: await monitor.getByRole("status").innerText(),
    stateAfter: await monitor.getAttribute("data-state"),
  });
}

/** Each of the other hooks. */
async function places() {
  const seen = { kinds: await until("Kinds", /delay/), agents: [await until("Agents' names", /./)] };
  await press("Create");
  seen.agents.push(await until("Agents' names", /Writer/));
  await press("Rename");
  seen.agents.push(await until("Agents' names", /Writer of letters/));
  await press("Delete");
  seen.agents.push(await until("Agents' names", /^(?!.*Writer)/));
  await press("Options of nothing");
  seen.noOptions = await until("Catalog's error", /./);
  await press("Add without a name");
  seen.noConnection = await until("Connections' error", /./);
  seen.connections = await until("Connections' names", /./);
  await press("Remove");
  await until("Connections' names", /^$/);
  await press("Store");
  seen.workflows = await until("Workflows", /Hosted/);
  await press("Forget");
  await until("Workflows", /^$/);
  await ask("question");
  await press("Ask again");
  await page.getByRole("listitem").filter({ hasText: "May I?" }).getByRole("button", { name: "Approve" }).click();
  await page.getByRole("listitem").filter({ hasText: "May I?" }).waitFor({ state: "detached" });
  await press("Refresh");
  seen.runs = await until("Runs", /^completed failed completed completed$/, () => press("Refresh"));
  tell(seen);
}

/** The text under this label, once it is like this; `again` is done as long as it is not. */
async function until(label, pattern, again) {
  const end = Date.now() + patience;
  for (;;) {
    const text = await shown(label).innerText();
    if (pattern.test(text)) return text;
    if (Date.now() > end) throw new Error(`${label} is ${JSON.stringify(text)} and not ${pattern}.\n${await page.locator("body").innerText()}`);
    await page.waitForTimeout(50);
    await again?.();
  }
}

function tell(facts) {
  console.log(JSON.stringify(facts));
}

async function ask(what) {
  tell({ ask: what });
  await answers.next();
}
