/** What axe finds on a page, by the rules of WCAG 2.2 AA: nothing. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import AxeBuilder from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";

const source = readFileSync(createRequire(createRequire(import.meta.url).resolve("@axe-core/playwright")).resolve("axe-core/axe.min.js"), "utf8");

export const levels: readonly string[] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Axe is read by a document once, and works there alone: to read it, and to open a second page for its results, takes ten times as long as to look. No page of ours has a frame. */
export async function clean(page: Page, where = "", tags: readonly string[] = levels): Promise<void> {
  if (await page.evaluate(() => !("axe" in window))) await page.evaluate(source);
  const { violations, passes } = await new AxeBuilder({ page, axeSource: "0" }).options({ resultTypes: ["violations"] }).withTags([...tags]).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${where}: ${id} ${nodes.map(({ html, target }) => `${html} at ${target.join(" ")}`).join(" | ")}`)).toEqual([]);
  expect(passes.length, "rules that had something to look at").toBeGreaterThan(0);
}

export async function cleanInBothThemes(page: Page, where = ""): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await clean(page, `${where}, ${colorScheme}`);
  }
}
