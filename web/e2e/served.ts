/** A served product of its own for each worker: real server, real database, a browser that is signed in and whose errors fail the test. */
import { type Page, test as base } from "@playwright/test";
import { type House, furnished } from "./furnished.ts";
import { type Session, emptyFolder, gone, said, serving, signedIn } from "./server.ts";

export { expect } from "@playwright/test";

interface Served {
  readonly address: string;
  /** Signs the owner in, as often as it is needed. */
  readonly state: Session;
}

/** Words of a browser that are no mistake of the page: a call that the test itself cut, and a refusal of what was typed or has changed since. */
const expected = /net::ERR_FAILED|Failed to fetch dynamically imported module|status of (400|409|412|422)/;

interface Given {
  context: ReturnType<Page["context"]>;
  /** What else the browser may say in a journey that asks for it: `test.use({ alsoExpected: /status of 404/ })`. */
  alsoExpected: RegExp | null;
}

/** For journeys with a browser or a house of their own. The workers' fixtures are the same in every file: another set would end the worker, its browser and its houses. */
export const bare = base.extend<object, { served: Served; house: House }>({
  served: [
    async ({ browser }, give) => {
      const folder = emptyFolder();
      const server = serving(folder);
      try {
        const { address, link } = await said(server);
        await give({ address, state: await signedIn(browser, link) });
      } finally {
        await gone(server, folder);
      }
    },
    { scope: "worker", timeout: 120_000 },
  ],
  house: [({ browser }, give) => furnished(browser, give), { scope: "worker", timeout: 120_000 }],
});

export const test = bare.extend<Given>({
  alsoExpected: [null, { option: true }],
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
