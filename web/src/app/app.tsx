/** The providers of everything, around the router. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { queries } from "./queries.ts";
import { router } from "./router.tsx";
import { Tooltips } from "./tooltips.tsx";

export function App(): ReactElement {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
      <Tooltips />
    </QueryClientProvider>
  );
}
