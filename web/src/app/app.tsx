/** The providers of everything, around the router. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { TooltipProvider } from "~/ui/tooltip";
import { queries } from "./queries.ts";
import { router } from "./router.tsx";

export function App(): ReactElement {
  return (
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>
  );
}
