/** Parts that are loaded when they are first shown, so that a page's first load holds what it shows first. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";

/** `const Timeline = later(() => import("./timeline.tsx"), "Timeline")`, within a `Suspense`. */
export function later<Name extends string, Props>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => ({ default: (await load())[name] }));
}

/** Whether a part of the app was not there any more: a newer one has been installed since this page was opened. */
export function isOutdated(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|importing a module script failed/iu.test(error.message);
}
