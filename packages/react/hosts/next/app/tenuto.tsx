/** Which server the hooks speak to: a route of this application. */
"use client";

import { Client, TenutoProvider } from "@tenuto/react";
import type { ReactNode } from "react";

const client = new Client({ baseUrl: "/tenuto" });

export function Tenuto({ children }: { children: ReactNode }) {
  return <TenutoProvider client={client}>{children}</TenutoProvider>;
}
