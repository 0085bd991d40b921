/**
 * What each page makes a browser load before it shows anything, against its limit: gzip, in thousands of bytes (design/ux.md, D5).
 *
 *   node web/budget.mjs [the folder of the built app]
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const app = process.argv[2] ?? fileURLToPath(new URL("../src/tenuto/api/static/app", import.meta.url));
if (!existsSync(`${app}/.vite/manifest.json`)) {
  console.error(`There is no built app in ${app}: run \`make web\` first.`);
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(`${app}/.vite/manifest.json`, "utf8"));

const page = 250;
const limits = {
  "the shell alone": { of: [], limit: 200 },
  ...Object.fromEntries(["home", "workflows", "history", "run", "approvals", "agents", "connections", "triggers", "templates", "settings"].map((name) => [name, { of: [`src/features/${name}/index.tsx`], limit: page }])),
  // Beside the page come the views of a run: the timeline, and where there is room for it the graph with React Flow.
  run: { of: ["src/features/run/index.tsx"], limit: 195 },
  // The editor is what is split off: beside the shell it brings React Flow and YAML.
  builder: { of: ["src/features/builder/index.tsx"], limit: 360 },
  "the builder's own part": { alone: "src/features/builder/index.tsx", limit: 120 },
  // 140 KiB each; both stand on the same core.
  "the editor of texts": { of: ["src/features/builder/inspector/code-setup.ts"], beside: ["src/features/builder/index.tsx"], limit: 143 },
  "the comparison's texts": { of: ["src/features/builder/compare/text-setup.ts"], beside: ["src/features/builder/index.tsx"], limit: 143 },
};

/** Everything that a browser loads for these: their own files and whatever those import at once. */
function closure(keys, found = new Set()) {
  for (const key of keys) {
    if (found.has(key)) continue;
    if (manifest[key] === undefined) throw new Error(`The build has no ${key}.`);
    found.add(key);
    closure(manifest[key].imports ?? [], found);
  }
  return found;
}

const sizes = new Map();
function size(key) {
  const { file } = manifest[key];
  if (!sizes.has(file)) sizes.set(file, file.endsWith(".js") ? gzipSync(readFileSync(`${app}/${file}`), { level: 9 }).length / 1000 : 0);
  return sizes.get(file);
}

const rows = Object.entries(limits).map(([name, { of, alone, beside, limit }]) => {
  const there = beside === undefined ? new Set() : closure(["index.html", ...beside]);
  const keys = alone === undefined ? [...closure(["index.html", ...of])].filter((key) => !there.has(key)) : [alone];
  const kilobytes = keys.reduce((sum, key) => sum + size(key), 0);
  return { name, "kB gzip": Number(kilobytes.toFixed(1)), limit, holds: kilobytes <= limit };
});
console.table(rows);
const over = rows.filter(({ holds }) => !holds);
if (over.length > 0) {
  console.error(`Too much is loaded first: ${over.map(({ name }) => name).join(", ")}. Load what is not seen at once with \`later\` of web/src/lib/later.ts.`);
  process.exit(1);
}
