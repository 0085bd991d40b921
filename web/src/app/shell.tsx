/** What stands around every page: the rail, the command menu, the keys, the words about what just happened. */
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { type ReactElement, Suspense, useDeferredValue, useEffect, useRef, useState } from "react";
import { type Handlers, useCommands } from "~/lib/keyboard";
import { later } from "~/lib/later";
import { useMe } from "~/lib/session";
import { shell } from "~/lib/strings/shell";
import { ErrorState } from "~/ui/states";
import { useNarrow } from "~/ui/use-narrow";
import { BottomBar } from "./bottom-bar.tsx";
import { OfflineBanner } from "./offline-banner.tsx";
import { PagePending } from "./page-pending.tsx";
import { Rail } from "./rail.tsx";
import { nextRegion } from "./regions.ts";
import { ToastList } from "./toast-list.tsx";
import { useGoing } from "./use-going.ts";

const CommandMenu = later(() => import("./command-menu.tsx"), "CommandMenu");
const KeysOverlay = later(() => import("./keys-overlay.tsx"), "KeysOverlay");

type Layer = "menu" | "keys" | null;

export function Shell(): ReactElement {
  const me = useMe();
  // Drawn in slices: the answer comes while a slow telephone is still busy with the frame.
  const known = useDeferredValue(me.data !== undefined);
  // A session that cannot be asked for is not one that has ended: where the server is silent, the page stays as it is.
  if (me.data === null) return <Leave />;
  if (me.data === undefined && me.error) return <Silent message={me.error.message} onRetry={() => void me.refetch()} />;
  return <Frame>{known ? <Outlet /> : <PagePending />}</Frame>;
}

/** To the sign-in page, once: while that is loaded this one still stands, at an address that is the next one already. */
function Leave(): null {
  const navigate = useNavigate();
  const { href } = useLocation();
  const from = useRef(href);
  useEffect(() => void navigate({ to: "/sign-in", search: { next: from.current }, replace: true }), [navigate]);
  return null;
}

function Frame({ children }: { children: ReactElement }): ReactElement {
  const [layer, setLayer] = useState<Layer>(null);
  // Loaded when first asked for; from then on it stays, so that focus goes back to where it came from.
  const [used, setUsed] = useState<readonly Layer[]>([]);
  const show = (next: Layer): void => {
    setUsed([...used, next]);
    setLayer(next);
  };
  const menu = (): void => show(layer === "menu" ? null : "menu");
  const close = (): void => setLayer(null);
  const main = useRef<HTMLElement>(null);
  const going = useGoing();
  const small = useNarrow(640);
  const handlers: Handlers = {
    ...going,
    "menu.open": menu,
    "keys.show": () => show("keys"),
    "search.focus": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    "region.next": () => nextRegion(1),
    "region.previous": () => nextRegion(-1),
  };
  useCommands("anywhere", handlers);
  return (
    <div className="grid h-dvh grid-cols-1 grid-rows-[auto_minmax(0,1fr)_auto] sm:grid-cols-[auto_minmax(0,1fr)]">
      <a
        href="#page"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        {shell.skip}
      </a>
      {small ? null : <Rail onMenu={menu} onKeys={() => show("keys")} />}
      <OfflineBanner />
      <main ref={main} id="page" tabIndex={-1} data-region className="min-h-0 min-w-0 overflow-hidden outline-none sm:col-start-2">
        {children}
      </main>
      {small ? <BottomBar onMenu={menu} /> : null}
      <Suspense fallback={null}>
        {used.includes("menu") ? <CommandMenu open={layer === "menu"} onClose={close} onKeys={() => show("keys")} /> : null}
        {used.includes("keys") ? <KeysOverlay open={layer === "keys"} onClose={close} /> : null}
      </Suspense>
      <ToastList />
    </div>
  );
}

function Silent({ message, onRetry }: { message: string; onRetry: () => void }): ReactElement {
  return (
    <main className="flex h-full items-center justify-center">
      <ErrorState message={message} onRetry={onRetry} />
    </main>
  );
}
