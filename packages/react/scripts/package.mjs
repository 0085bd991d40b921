/** Holds what is published to what hosts expect: publint, are-the-types-wrong, "use client" in place, and the size. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build } from "vite";

/** Bytes, gzip, minified, without React. */
const largest = 12 * 1024;
const folder = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const wrong = [...(await publishing()), ...(await types()), ...directives(), ...(await size())];
for (const sentence of wrong) console.error(sentence);
process.exitCode = wrong.length > 0 ? 1 : 0;

async function publishing() {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, manifest)}`);
}

/** The package is ESM alone, which every Node.js that is maintained can also `require`. */
async function types() {
  const target = mkdtempSync(join(tmpdir(), "tenuto-react-"));
  try {
    const [command, first] = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ["npm", []];
    execFileSync(command, [...first, "pack", "--silent", "--pack-destination", target], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    const tarball = readFileSync(join(target, readdirSync(target)[0]));
    const { problems } = await checkPackage(createPackageFromTarballData(tarball), { excludeEntrypoints: ["./styles.css"] });
    const counted = problems.filter(({ kind, resolutionKind }) => resolutionKind !== "node10" && kind !== "CJSResolvesToESM");
    return counted.map((problem) => `are-the-types-wrong: ${JSON.stringify(problem)}`);
  } finally {
    rmSync(target, { recursive: true });
  }
}

/** Next.js reads the directive at the head of each file that uses hooks. */
function directives() {
  const dist = join(folder, "dist");
  const files = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".js") && !name.startsWith("core"));
  const without = files.filter((name) => !/^(\/\*\*[^]*?\*\/\s*)?"use client";/.test(readFileSync(join(dist, name), "utf8")));
  return without.map((name) => `dist/${name} does not begin with "use client".`);
}

async function size() {
  const entry = join(folder, "dist", "index.js");
  const options = { configFile: false, logLevel: "error", root: folder };
  const lib = { entry, formats: ["es"] };
  const external = ["react", "react/jsx-runtime"];
  // Bundlers of hosts say nothing of the directive, nor does this one need to.
  const onLog = (level, log, handler) => (log.code === "MODULE_LEVEL_DIRECTIVE" ? undefined : handler(level, log));
  const [{ output }] = await build({ ...options, build: { lib, write: false, minify: "oxc", rolldownOptions: { external, onLog } } });
  const bytes = gzipSync(output.map(({ code }) => code ?? "").join("\n"), { level: 9 }).length;
  console.log(`${(bytes / 1024).toFixed(1)} KB gzip of ${largest / 1024} KB.`);
  return bytes > largest ? [`The package is too large: ${bytes} bytes of ${largest}.`] : [];
}
