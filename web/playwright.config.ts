/** Journeys in Debian's Chromium against a served product; each worker has one of its own. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  timeout: 60_000,
  workers: 1,
  reporter: "line",
  expect: { timeout: 10_000 },
  use: {
    actionTimeout: 10_000,
    screenshot: "only-on-failure",
    launchOptions: { executablePath: "/usr/lib/chromium/chromium-headless-shell", args: ["--no-sandbox"] },
  },
});
