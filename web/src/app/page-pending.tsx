/** While the code of a place is on its way. */
import type { ReactElement } from "react";
import { Loading } from "~/ui/states";

export function PagePending(): ReactElement {
  return (
    <div className="p-6">
      <Loading />
    </div>
  );
}
