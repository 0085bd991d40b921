/** Text that is cut for want of room is shown whole: where the pointer rests on it, and beside what holds it and has the focus. */
import { hideHint, leaveHint, restOn, stayOn } from "./hint.ts";

/** Elements above the pointer that are looked at, and below the focus: what holds more is a region and no thing. */
const [above, below] = [4, 120];

/** For all of the page, so that no name has to think of it; answers what ends it. */
export function watchCutText(): () => void {
  let under: Element | null = null;
  let beside: Element | null = null;
  const over = (event: PointerEvent): void => {
    if (event.pointerType === "touch" || !(event.target instanceof Element) || event.target.closest("[data-hint]")) return;
    const cut = cutAbove(event.target);
    if (cut === under) return;
    if (under) leaveHint();
    under = cut;
    if (cut) restOn(cut, { text: wholeOf(cut), silent: true });
  };
  const down = (event: PointerEvent): void => {
    if (under && !(event.target instanceof Element && event.target.closest("[data-hint]"))) hideHint();
  };
  const came = ({ target }: FocusEvent): void => {
    if (!(target instanceof Element) || !target.matches(":focus-visible")) return;
    const whole = cutWithin(target).map(wholeOf);
    if (whole.length === 0) return;
    beside = target;
    stayOn(target, { text: whole.join("\n"), silent: true });
  };
  const went = ({ target }: FocusEvent): void => {
    if (target === beside) hideHint();
    beside = null;
  };
  const heard = [["pointerover", over], ["pointerdown", down], ["focusin", came], ["focusout", went]] as const;
  for (const [name, hear] of heard) document.addEventListener(name, hear as EventListener);
  return () => {
    for (const [name, hear] of heard) document.removeEventListener(name, hear as EventListener);
  };
}

function cutAbove(target: Element): Element | null {
  let element: Element | null = target;
  for (let step = 0; element && step < above; step += 1, element = element.parentElement) if (isCut(element)) return element;
  return null;
}

function cutWithin(target: Element): Element[] {
  const inside = target.querySelectorAll("*");
  return inside.length > below ? [] : [target, ...inside].filter(isCut);
}

/** Whether there is more of its text than its dots let be seen. */
function isCut(element: Element): boolean {
  const { clientWidth, clientHeight, scrollWidth, scrollHeight } = element;
  if (clientWidth === 0 || element.hasAttribute("data-opens") || (scrollWidth <= clientWidth && scrollHeight <= clientHeight + 1)) return false;
  const { overflowX, textOverflow, webkitLineClamp } = getComputedStyle(element);
  return overflowX !== "visible" && (textOverflow === "ellipsis" ? scrollWidth > clientWidth : webkitLineClamp !== "none");
}

function wholeOf(element: Element): string {
  return element instanceof HTMLInputElement ? element.value : (element.textContent ?? "");
}
