/**
 * Lighthouse of Home, History and a run, as a telephone (slow network, slow processor) and as a desktop: `make lighthouse`.
 *
 * Serves a product of its own with runs in it. Each page counts by the median of three looks, since the processor is shared.
 * A telephone's processor is this machine's, slowed down by what Lighthouse recommends for a machine of that power.
 *
 *   node web/perf/lighthouse.mjs [home | history | run] [mobile | desktop] [a number: slow the telephone's processor down by that]
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import lighthouse, { defaultConfig, desktopConfig, generateReport } from "lighthouse";
import { pageFunctions } from "lighthouse/core/lib/page-functions.js";
import { parse } from "yaml";
import { said, serving } from "../e2e/served.ts";
import configuration from "../playwright.config.ts";

const least = 95;
const looks = 3;
const categories = ["performance", "accessibility", "best-practices"];
const pages = { home: "/", history: "/runs", run: "/runs/first-run" };
const forms = { mobile: undefined, desktop: desktopConfig };
const reports = fileURLToPath(new URL("reports", import.meta.url));
const asked = new Set(process.argv.slice(2));
const fixed = [...asked].map(Number).find((by) => by >= 1);
const wanted = (names) => (names.some((name) => asked.has(name)) ? names.filter((name) => asked.has(name)) : names);

const folder = mkdtempSync("/tmp/tenuto-lighthouse-");
chmodSync(folder, 0o755);
const server = serving(folder);
let browser;
try {
  const { address, link } = await said(server);
  const profile = join(folder, "browser");
  const { executablePath, args } = configuration.use.launchOptions;
  browser = await chromium.launchPersistentContext(profile, { executablePath, args: [...args, "--remote-debugging-port=0"] });
  const page = await browser.newPage();
  await page.goto(link);
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await fill(page, address);
  await page.close();
  const port = Number(readFileSync(join(profile, "DevToolsActivePort"), "utf8").split("\n")[0]);
  mkdirSync(reports, { recursive: true });
  const rows = [];
  for (const name of wanted(Object.keys(pages))) {
    for (const form of wanted(Object.keys(forms))) rows.push(await looked(name, form, `${address}${pages[name]}`, port));
  }
  console.table(rows);
  const below = rows.filter((row) => categories.some((category) => row[category] < least));
  if (below.length > 0) {
    console.error(`Below ${least}: ${below.map(({ page: name, as }) => `${name} (${as})`).join(", ")}. What was found is in ${reports}.`);
    process.exitCode = 1;
  }
} finally {
  await browser?.close();
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

/**
 * A slow network, and a processor slowed down to that of a middling telephone by Lighthouse's index of this one's power at this moment.
 *
 * https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md#calibrating-the-cpu-slowdown slows a fast desktop
 * (1500 to 2000) down by 4, a slow one (1000 to 1500) by 2, a telephone (to 800) not at all; what is between is between.
 */
async function telephone() {
  if (fixed !== undefined) return { ...defaultConfig.settings.throttling, cpuSlowdownMultiplier: fixed };
  const page = await browser.newPage();
  const power = await page.evaluate(pageFunctions.computeBenchmarkIndex);
  await page.close();
  const [low, high] = power < 1250 ? [{ power: 800, by: 1 }, { power: 1250, by: 2 }] : [{ power: 1250, by: 2 }, { power: 1750, by: 4 }];
  const by = low.by + ((power - low.power) / (high.power - low.power)) * (high.by - low.by);
  return { ...defaultConfig.settings.throttling, cpuSlowdownMultiplier: Math.max(1, Number(by.toFixed(1))) };
}

/** Thirty more runs of an example, so that lists are full. */
async function fill(page, address) {
  const workflow = parse(readFileSync(fileURLToPath(new URL("../../examples/support-triage.yaml", import.meta.url)), "utf8"));
  for (let count = 0; count < 30; count += 1) {
    const answer = await page.request.post(`${address}/api/workflow/execute`, { headers: { Origin: address }, data: { workflow, message: `Question ${count}`, simulate: true } });
    if (!answer.ok()) throw new Error(`${answer.status()} ${await answer.text()}`);
  }
}

/** The median of each category; the report kept is the one of the median performance. */
async function looked(name, form, url, port) {
  const results = [];
  for (let look = 0; look < looks; look += 1) {
    const flags = { port, onlyCategories: categories, disableStorageReset: true, logLevel: "error" };
    const { lhr } = await lighthouse(url, form === "mobile" ? { ...flags, throttling: await telephone() } : flags, forms[form]);
    if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
    if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname) throw new Error(`${name} led to ${lhr.finalDisplayedUrl}.`);
    results.push(lhr);
  }
  const of = (lhr, category) => Math.round((lhr.categories[category]?.score ?? 0) * 100);
  results.sort((one, other) => of(one, "performance") - of(other, "performance"));
  const median = results[Math.floor(looks / 2)];
  writeFileSync(join(reports, `${name}-${form}.html`), generateReport(median, "html"));
  writeFileSync(join(reports, `${name}-${form}.json`), JSON.stringify(median));
  const scores = Object.fromEntries(categories.map((category) => [category, results.map((lhr) => of(lhr, category)).toSorted((one, other) => one - other)[Math.floor(looks / 2)]]));
  return { page: name, as: form, ...scores, "largest paint": median.audits["largest-contentful-paint"]?.displayValue, blocked: median.audits["total-blocking-time"]?.displayValue, "processor slowed by": median.configSettings.throttling.cpuSlowdownMultiplier };
}
