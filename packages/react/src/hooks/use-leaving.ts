/** The end of a component, as a signal for what goes on beside it. */
"use client";

import { useCallback, useEffect, useRef } from "react";

/** Asks for the signal that the page is left. React's strict mode leaves once for practice, so it is a new one after each arrival. */
export function useLeaving(): () => AbortSignal {
  const controller = useRef<AbortController | null>(null);
  useEffect(() => {
    controller.current = new AbortController();
    return () => controller.current?.abort();
  }, []);
  return useCallback(() => (controller.current ??= new AbortController()).signal, []);
}
