/** Which address shows what; every place is loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { type Address, parseAddress, writeAddress } from "~/lib/address";
import { readingCatalog } from "~/lib/api";
import { readingDraft } from "~/lib/drafts";
import { readingMe } from "~/lib/session";
import { Broken } from "./broken.tsx";
import { NotFound } from "./not-found.tsx";
import { PagePending } from "./page-pending.tsx";
import { queries } from "./queries.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

const validateSearch = (search: Record<string, unknown>): Address => search as Address;

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: Broken, validateSearch });
const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", component: SignIn });
// What a page begins with is asked for while its script is still on its way.
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell, loader: () => void queries.prefetchQuery(readingMe) });
const child = <Path extends string>(path: Path) => ({ getParentRoute: () => shell, path, errorComponent: Broken, pendingComponent: PagePending });

const home = createRoute({ ...child("/"), component: lazyRouteComponent(() => import("~/features/home"), "Page") });
const workflows = createRoute({ ...child("/workflows"), component: lazyRouteComponent(() => import("~/features/workflows"), "Page") });
const builder = createRoute({
  ...child("/workflows/$id"),
  component: lazyRouteComponent(() => import("~/features/builder"), "Page"),
  loader: ({ params }) => {
    void queries.prefetchQuery(readingCatalog);
    void queries.prefetchQuery(readingDraft(params.id));
  },
  // Once for a workflow, and not for every step that is chosen in it.
  staleTime: Number.POSITIVE_INFINITY,
});
const runs = createRoute({ ...child("/runs"), component: lazyRouteComponent(() => import("~/features/history"), "Page") });
const run = createRoute({ ...child("/runs/$id"), component: lazyRouteComponent(() => import("~/features/run"), "Page") });
const approvals = createRoute({ ...child("/approvals"), component: lazyRouteComponent(() => import("~/features/approvals"), "Page") });
const agents = createRoute({ ...child("/agents"), component: lazyRouteComponent(() => import("~/features/agents"), "Page") });
const connections = createRoute({ ...child("/connections"), component: lazyRouteComponent(() => import("~/features/connections"), "Page") });
const triggers = createRoute({ ...child("/triggers"), component: lazyRouteComponent(() => import("~/features/triggers"), "Page") });
const templates = createRoute({ ...child("/templates"), component: lazyRouteComponent(() => import("~/features/templates"), "Page") });
const settings = createRoute({ ...child("/settings"), component: lazyRouteComponent(() => import("~/features/settings"), "Page") });

const routeTree = root.addChildren([
  signIn,
  shell.addChildren([home, workflows, builder, runs, run, approvals, agents, connections, triggers, templates, settings]),
]);

export const router = createRouter({
  routeTree,
  parseSearch: parseAddress,
  stringifySearch: writeAddress,
  defaultPreload: "intent",
  defaultPendingMs: 150,
  // A page that is there is shown: by default one that came late would be held back for half a second more.
  defaultPendingMinMs: 0,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
