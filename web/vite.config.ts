/** How the app is built: hashed files, each also compressed, so that the server compresses nothing while it answers. */
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "./compressed.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Each of them is smaller than what asking for it costs.
const icons = { name: "icons", test: /node_modules\/lucide-react\//, minShareCount: 2 };

export default defineConfig({
  plugins: [react(), tailwindcss(), compressed()],
  resolve: {
    alias: [
      { find: /^~\//, replacement: `${here("./src")}/` },
      { find: /^@tenuto\/react\/core$/, replacement: here("../packages/react/src/core/index.ts") },
      { find: /^@tenuto\/react\/api$/, replacement: here("../packages/react/src/core/api.ts") },
      { find: /^@tenuto\/react$/, replacement: here("../packages/react/src/index.ts") },
    ],
  },
  // The policy of the page allows no `data:` scripts or fonts, so nothing is put into other files.
  build: { target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 600, reportCompressedSize: false, manifest: true, rolldownOptions: { output: { codeSplitting: { groups: [icons] } } } },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8400", "/docs": "http://127.0.0.1:8400" } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.{ts,tsx}"], restoreMocks: true },
});
