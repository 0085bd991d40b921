/** F6 walks from region to region: whatever is marked with `data-region`. */
export function nextRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((region) => region.checkVisibility());
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  // Regions may stand in one another; the innermost that has focus counts.
  const inner = regions.findLastIndex((region) => region.contains(document.activeElement));
  const from = Math.max(at, inner);
  const next = regions[(from + by + regions.length) % regions.length];
  (next?.querySelector<HTMLElement>("[tabindex='0'], a[href], button:not(:disabled), input") ?? next)?.focus();
}
