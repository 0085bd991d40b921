/** Pictures of every page, light and dark, of a product that has run something: `make screenshots`. */
import { defineConfig } from "@playwright/test";
import journeys from "./playwright.config.ts";

export default defineConfig({ ...journeys, testMatch: "**/pictures.ts" });
