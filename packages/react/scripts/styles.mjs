/** Puts the style sheet beside the compiled code; it is plain CSS and needs no tool. */
import { copyFileSync } from "node:fs";

copyFileSync(new URL("../src/styles.css", import.meta.url), new URL("../dist/styles.css", import.meta.url));
