/** The two ways to dark hold the same values, and every text is readable on every surface, in both themes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "../../src/app/theme.css"), "utf8");

function block(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries([...body.matchAll(/--([a-z-]+): ([^;]+);/g)].map(([, name = "", value = ""]) => [name, value]));
}

const light = block(":root");
const dark = block(':root[data-theme="dark"]');
const texts = Object.keys(light).filter((name) => /^(ink|muted|faint|accent|danger|warning|success|state-.*|mark-.*)$/.test(name));

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

describe("the themes", () => {
  it("are dark alike, by the system and by choice", () => {
    expect(block(':root:not([data-theme="light"])')).toEqual(dark);
    expect(Object.keys(dark).sort()).toEqual(Object.keys(light).sort());
  });

  it.each([["light", light], ["dark", dark]])("are readable: %s", (_, theme) => {
    const surfaces = ["surface", "canvas", "sunken", "hover"];
    const poor = texts.flatMap((text) => surfaces.filter((on) => contrast(theme[text] ?? "", theme[on] ?? "") < 4.5).map((on) => `${text} on ${on}: ${contrast(theme[text] ?? "", theme[on] ?? "").toFixed(2)}`));
    expect(poor).toEqual([]);
  });

  it.each([["light", light], ["dark", dark]])("have words on coloured grounds that can be read, and frames that can be seen: %s", (_, theme) => {
    const pairs = [["on-accent", "accent"], ["on-danger", "danger"], ["accent", "accent-soft"], ["warning", "warning-soft"], ["danger", "danger-soft"], ["success", "success-soft"], ["ink", "accent-soft"]];
    for (const [text = "", on = ""] of pairs) expect(contrast(theme[text] ?? "", theme[on] ?? ""), `${text} on ${on}`).toBeGreaterThanOrEqual(4.5);
    for (const on of ["surface", "canvas", "sunken"]) expect(contrast(theme["edge"] ?? "", theme[on] ?? ""), `edge on ${on}`).toBeGreaterThanOrEqual(3);
  });
});
