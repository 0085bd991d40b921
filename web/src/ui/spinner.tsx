/** Something is under way. */
import { LoaderCircle } from "lucide-react";
import type { ReactElement } from "react";

/** Turns; say beside it in words what is awaited. */
export function Spinner({ size = 16 }: { size?: number }): ReactElement {
  return <LoaderCircle size={size} aria-hidden className="turning shrink-0" />;
}
