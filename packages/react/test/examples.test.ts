/** Every example of the README and of the how-to page is compiled, as a module of its own under the strictest rules of a host. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));
const source = (name: string): string => join(folder, "src", name);
// Inside, so that the packages of this one are found; what lies there is nobody's source.
const modules = join(folder, "../../node_modules");
const scratch = mkdtempSync(join(modules, ".examples-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const pages = ["README.md", "../../docs/how-to/call-from-react.md"];
const text = (page: string): string => readFileSync(join(folder, page), "utf8");

interface Example {
  readonly language: string;
  readonly code: string;
}

function examples(page: string): Example[] {
  return [...text(page).matchAll(/^```(tsx?)\n([^]*?)^```/gm)].map(([, language = "", code = ""]) => ({ language, code }));
}

/** What the compiler says, nothing where all is well. */
async function compiled(files: readonly Example[]): Promise<string> {
  const names = files.map(({ language }, index) => `example-${index + 1}.${language}`);
  files.forEach(({ code }, index) => writeFileSync(join(scratch, names[index] ?? ""), code));
  const paths = {
    "@tenuto/react": [source("index.ts")],
    "@tenuto/react/core": [source("core/index.ts")],
    "@tenuto/react/api": [source("core/api.ts")],
    "@tenuto/react/styles.css": [source("styles.css")],
  };
  const { compilerOptions } = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8")) as { compilerOptions: object };
  const bundler = { module: "ESNext", moduleResolution: "Bundler", moduleDetection: "force", types: ["node", "vite/client"] };
  writeFileSync(join(scratch, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...compilerOptions, ...bundler, paths }, files: names }));
  const tsc = join(modules, "typescript", "bin", "tsc");
  try {
    await promisify(execFile)(process.execPath, [tsc, "-p", scratch, "--pretty", "false"], { cwd: scratch });
    return "";
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe("the examples", () => {
  it.each(pages)("of %s compile", { timeout: 60_000 }, async (page) => {
    const found = examples(page);
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(await compiled(found)).toBe("");
  });

  it("would not, if one of them called what is not there", { timeout: 60_000 }, async () => {
    const [first, ...others] = examples("README.md");
    const broken = { language: "tsx", code: first?.code.replace("executeWorkflow(workflow,", "executeWorkflow(1,") ?? "" };
    expect(await compiled([broken, ...others])).toMatch(/example-1\.tsx.*error TS2345/);
  });

  it("are the files with which the application of Next.js is tried in a browser", () => {
    const hosted = ["app/tenuto.tsx", "app/tenuto/[...path]/route.ts"].map((name) => readFileSync(join(folder, "hosts/next", name), "utf8"));
    const codes = examples(pages[1] ?? "").map(({ code }) => code);
    for (const file of hosted) expect(codes).toContain(file);
  });
});

describe("the README", () => {
  it("names everything that is exported as a hook, a component or a provider", () => {
    const offered = readFileSync(source("index.ts"), "utf8").matchAll(/\b(use[A-Z]\w+|WorkflowMonitor|TenutoProvider)\b/g);
    const missing = [...new Set([...offered].map(([name]) => name))].filter((name) => !text("README.md").includes(name));
    expect(missing).toEqual([]);
  });
});
