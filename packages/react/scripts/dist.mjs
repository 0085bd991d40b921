/** What the compiler leaves to do in dist: the style sheet, which is plain CSS, and the ends of the addresses in declarations. */
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

const dist = new URL("../dist/", import.meta.url);
copyFileSync(new URL("../src/styles.css", import.meta.url), new URL("styles.css", dist));

// The compiler rewrites them in code alone (TypeScript 7.0), and older ones do not find `./client.ts` beside `client.d.ts`.
for (const name of readdirSync(dist, { recursive: true }).filter((one) => one.endsWith(".d.ts"))) {
  const file = new URL(name, dist);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/(from |import\()"(\.[^"]+)\.tsx?"/g, '$1"$2.js"'));
}
