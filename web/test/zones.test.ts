/** app → features → ui | lib → @tenuto/react: every import of every file is looked up, and features know nothing of each other. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
/** What a part of ui may know of lib: how things are written, and the time. */
const shared = /^lib\/(format|clock|strings\/ui)(\.ts)?$/;

function imports(file: string): string[] {
  const found = readFileSync(join(root, file), "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g);
  return [...found].map(([, name = ""]) => (name.startsWith("~/") ? name.slice(2) : name.startsWith(".") ? relative(root, join(root, dirname(file), name)) : `package ${name}`));
}

function roomOf(path: string): string {
  const [room = "", feature = ""] = path.split("/");
  return room === "features" ? `features/${feature}` : room;
}

function mayImport(from: string, path: string): boolean {
  const [room, other] = [roomOf(from), roomOf(path)];
  if (path.startsWith("package ") || room === other || room === "app") return true;
  if (room === "ui") return shared.test(path);
  return room.startsWith("features/") && (other === "ui" || other === "lib");
}

describe("rooms", () => {
  it("are all there", () => {
    expect(new Set(files.map((file) => file.split("/")[0]))).toEqual(new Set(["app", "features", "lib", "ui"]));
  });

  it("import only what lies below them", () => {
    const wrong = files.flatMap((file) => imports(file).filter((path) => !mayImport(file, path)).map((path) => `${file} imports ${path}`));
    expect(wrong).toEqual([]);
  });

  it("are each named in .oxlintrc.json, so that the editor says it as well", () => {
    const rules = readFileSync(join(root, "../../.oxlintrc.json"), "utf8");
    const missing = readdirSync(join(root, "features")).filter((name) => !rules.includes(`web/src/features/${name}/**`));
    expect(missing).toEqual([]);
  });
});
