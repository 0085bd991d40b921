/** With the next frame; or after a second while nobody looks, and at once when somebody does again. The answer takes it back. */
export function soon(act: () => void): () => void {
  const visible = typeof document !== "undefined" && document.visibilityState === "visible";
  const frame = visible && typeof requestAnimationFrame === "function" ? requestAnimationFrame(act) : null;
  // Frames may stop between asking and having: the clock does not.
  const timer = setTimeout(act, 1_000);
  const seen = (): void => {
    if (document.visibilityState === "visible") act();
  };
  if (!visible && typeof document !== "undefined") document.addEventListener("visibilitychange", seen);
  return () => {
    if (frame !== null) cancelAnimationFrame(frame);
    clearTimeout(timer);
    if (typeof document !== "undefined") document.removeEventListener("visibilitychange", seen);
  };
}
