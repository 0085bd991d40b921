/** Home: its place, until it is built. */
import type { ReactElement } from "react";
import { PageFrame } from "~/ui/page-frame";

export function Page(): ReactElement {
  return <PageFrame title="Home">{null}</PageFrame>;
}
