/** Other tabs tell when they have saved; and whoever comes back to this one asks the server. */
import { useCallback, useEffect, useRef } from "react";
import { holdTab, tabName } from "./journal.ts";
import type { Now } from "./draft-state.ts";

interface Told {
  readonly workflow: string;
  readonly rev: number;
}

/** The function that tells the other tabs of this browser. */
export function useRemote(id: string, now: Now, catchUp: () => Promise<void>): (rev: number) => void {
  const channel = useRef<BroadcastChannel | null>(null);
  useEffect(() => holdTab(tabName()), []);
  useEffect(() => {
    const made = new BroadcastChannel("tenuto-drafts");
    channel.current = made;
    const look = (): void => {
      if (now.current.busy || now.current.saved === null || now.current.conflict !== null) return;
      catchUp().catch(() => undefined); // The next save meets the same server, and says what is wrong with it.
    };
    const hear = ({ data }: MessageEvent<Told>): void => {
      if (data.workflow === id && data.rev > (now.current.saved?.rev ?? 0)) look();
    };
    const back = (): void => {
      if (document.visibilityState === "visible") look();
    };
    made.addEventListener("message", hear);
    document.addEventListener("visibilitychange", back);
    window.addEventListener("focus", back);
    return () => {
      made.close();
      document.removeEventListener("visibilitychange", back);
      window.removeEventListener("focus", back);
    };
  }, [id, now, catchUp]);
  return useCallback((rev) => channel.current?.postMessage({ workflow: id, rev }), [id]);
}
