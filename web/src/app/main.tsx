/** Starts the app in the page. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { applyTheme } from "~/lib/preferences";
import { App } from "./app.tsx";
import "./theme.css";

applyTheme();
const root = document.querySelector("#root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
