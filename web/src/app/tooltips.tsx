/** The tooltip that is shown on the page; what draws it is loaded when there is one. */
import { type ReactElement, Suspense, useState } from "react";
import { later } from "~/lib/later";
import { useHint } from "~/ui/hint";

const TooltipBox = later(() => import("~/ui/tooltip-box"), "TooltipBox");

export function Tooltips(): ReactElement | null {
  const hint = useHint();
  const [used, setUsed] = useState(false);
  if (hint && !used) setUsed(true);
  return used ? <Suspense fallback={null}>{hint ? <TooltipBox hint={hint} /> : null}</Suspense> : null;
}
