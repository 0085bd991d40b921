/** A word beside what shows none. */
import { type ReactElement, cloneElement } from "react";
import { type Hint, type Hinted, hinted } from "./hint.ts";

export interface TooltipProps extends Hint {
  /** One element that takes handlers; the tooltip describes it, it does not name it. */
  children: ReactElement<Hinted>;
}

/**
 * Shown on hover and focus. It adds handlers to its element and nothing else: a list has one in each row, and most are
 * never seen. The app draws the one that is (`TooltipBox`).
 */
export function Tooltip({ children, ...hint }: TooltipProps): ReactElement {
  return cloneElement(children, hinted(children.props, hint));
}
