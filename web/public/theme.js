// Before the first paint: the theme that was chosen here, where one was. A file of its own, because the policy allows no inline script.
try {
  const chosen = JSON.parse(localStorage.getItem("tenuto.theme") ?? "null");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be refused or hold something else; the system's theme it is, then.
}
