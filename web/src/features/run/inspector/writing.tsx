/** What an agent is writing now, word by word; it follows until somebody scrolls up. */
import { type ReactElement, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { run as words } from "~/lib/strings/run";
import { Button } from "~/ui/button";
import { useRun } from "../context.ts";

export function Writing({ node }: { node: string }): ReactElement | null {
  const { store } = useRun();
  const subscribe = useCallback((listener: () => void) => store.subscribeNode(node, listener), [store, node]);
  const text = useSyncExternalStore(subscribe, () => store.text(node));
  const box = useRef<HTMLPreElement>(null);
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [following, text]);
  if (!text) return null;
  return (
    <figure className="flex flex-col gap-1">
      <figcaption className="flex items-center justify-between text-xs text-muted">
        {words.inspector.writing}
        {following ? null : (
          <Button small onClick={() => setFollowing(true)}>
            {words.inspector.jump}
          </Button>
        )}
      </figcaption>
      <pre
        ref={box}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={({ currentTarget: at }) => setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight < 24)}
        className="max-h-72 overflow-auto rounded border border-state-running bg-sunken p-3 font-mono text-mono break-words whitespace-pre-wrap"
      >
        {text}
      </pre>
    </figure>
  );
}
