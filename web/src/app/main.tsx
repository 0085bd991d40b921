/** Starts the app in the page. */
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { applyTheme } from "~/lib/preferences";
import { App } from "./app.tsx";
import "./theme.css";

applyTheme();
const root = document.querySelector("#root");
if (root) {
  // In slices: what is drawn first would hold a slow telephone up in one piece.
  startTransition(() =>
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    ),
  );
}
