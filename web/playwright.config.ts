/** Journeys in Debian's Chromium against a served product; each worker has one of its own, and a journey minds neither what ran there before nor what runs beside it. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  fullyParallel: true,
  workers: 2,
  reporter: "line",
  // Generous, as nothing waits for them where all is well: two browsers and two servers may share a busy machine.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: {
    actionTimeout: 20_000,
    screenshot: "only-on-failure",
    launchOptions: { executablePath: "/usr/lib/chromium/chromium-headless-shell", args: ["--no-sandbox"] },
  },
});
