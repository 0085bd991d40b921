// The token stands behind the `#`, so that no server or proxy on the way has seen it; it is taken off the address before it is used.
const state = document.getElementById("state");
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const signIn = async () => {
  if (!token) {
    state.textContent = "This address has no token. Open the link that `tenuto link` prints.";
    return;
  }
  const answer = await fetch("/api/auth/sign-in", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) {
    location.replace("/");
    return;
  }
  const problem = await answer.json();
  state.textContent = `${problem.error} ${problem.fix ?? ""}`;
};

signIn().catch(() => {
  state.textContent = "The server did not answer. Is it still running? Then open the link again.";
});
