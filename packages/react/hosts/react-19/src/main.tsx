/** The page in an application of Vite's. */
import { Client, TenutoProvider } from "@tenuto/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Places } from "./shared/places.tsx";
import { Runs } from "./shared/runs.tsx";
import { workflow } from "./shared/workflow.ts";

const client = new Client({ baseUrl: "/tenuto" });
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no place for the application.");
createRoot(root).render(
  <StrictMode>
    <TenutoProvider client={client}>
      <Runs workflow={workflow} />
      <Places workflow={workflow} />
    </TenutoProvider>
  </StrictMode>,
);
