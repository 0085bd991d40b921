/** How the tests run: the core in Node.js, what renders in a DOM of its own (`@vitest-environment` at the head of the file). */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    environment: "node",
    testTimeout: 10_000,
    // The page of a test has no origin of its own, and the double is none.
    environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
  },
});
