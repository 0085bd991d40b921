/** The tooltip that is shown on the page; what draws it is loaded when there is one. */
import { type ReactElement, Suspense, useEffect, useState } from "react";
import { later } from "~/lib/later";
import { watchCutText } from "~/ui/cut-text";
import { useHint } from "~/ui/hint";

const TooltipBox = later(() => import("~/ui/tooltip-box"), "TooltipBox");

export function Tooltips(): ReactElement | null {
  const hint = useHint();
  useEffect(watchCutText, []);
  const [used, setUsed] = useState(false);
  if (hint && !used) setUsed(true);
  return used ? <Suspense fallback={null}>{hint ? <TooltipBox hint={hint} /> : null}</Suspense> : null;
}
