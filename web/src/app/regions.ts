/** F6 walks from region to region: whatever is marked with `data-region`. */
export function nextRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((region) => region.checkVisibility());
  // Regions may stand in one another; the innermost that has focus counts.
  const from = regions.findLastIndex((region) => region.contains(document.activeElement));
  const start = from < 0 && by < 0 ? 0 : from;
  for (let step = 1; step <= regions.length; step += 1) {
    const next = regions[(start + by * step + regions.length * 2) % regions.length];
    if (next !== undefined && entered(next)) return;
  }
}

const focusable = "[tabindex='0'], a[href]:not([tabindex='-1']), button:not(:disabled, [tabindex='-1']), input:not(:disabled, [tabindex='-1'])";

/** The first thing in a region that takes the focus and is of no region inside it, else the region itself. */
function entered(region: HTMLElement): boolean {
  for (const each of [...region.querySelectorAll<HTMLElement>(focusable), region]) {
    if (each.closest("[data-region]") !== region || !each.checkVisibility({ visibilityProperty: true })) continue;
    each.focus();
    if (document.activeElement === each) return true;
  }
  return false;
}
