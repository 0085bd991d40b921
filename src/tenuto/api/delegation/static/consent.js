// Everything an application says is put in as text, never as markup; the browser goes on only where the server says, after a click.
const byId = (id) => document.getElementById(id);
const names = ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method", "resource"];
const given = new URLSearchParams(location.search);
const request = Object.fromEntries(names.filter((name) => given.has(name)).map((name) => [name, given.get(name)]));

const say = (...sentences) =>
  byId("state").replaceChildren(
    ...sentences.filter(Boolean).map((text) => Object.assign(document.createElement("p"), { textContent: text })),
  );

const ask = async (path, options) => {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (answer.ok) return body;
  throw Object.assign(new Error(body.error), { status: answer.status, fix: body.fix });
};

const choice = ({ scope, said }) => {
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "scope", value: scope, checked: true });
  const label = document.createElement("label");
  label.append(box, ` ${said}`);
  return label;
};

const chosen = () => [...document.querySelectorAll("input[name=scope]:checked")].map((box) => box.value);
const ready = () => (byId("allow").disabled = chosen().length === 0);

const decide = async (decision) => {
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  try {
    const body = JSON.stringify({ request, decision, scopes: decision === "allow" ? chosen() : [] });
    const { url } = await ask("/api/grants", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    byId("form").hidden = true;
    say("You can close this page once the application has gone on.");
    location.assign(url);
  } catch (error) {
    say(error.message, error.fix);
    for (const button of document.querySelectorAll("button")) button.disabled = false;
    ready();
  }
};

const begin = async () => {
  const sought = await ask(`/api/grants/asked?${new URLSearchParams(request)}`);
  byId("title").textContent = `Allow “${sought.name}”?`;
  byId("who").textContent = sought.published
    ? `An application of ${sought.published}.`
    : `An application that calls itself “${sought.name}”. Nobody has checked that: allow it only if you have just begun this yourself.`;
  byId("member").textContent = sought.member;
  byId("destination").textContent = `To ${sought.destination}.`;
  byId("scopes").replaceChildren(...sought.scopes.map(choice));
  byId("allow").hidden = Boolean(sought.refused);
  byId("refuse").textContent = sought.refused ? "Go back" : "Do not allow";
  byId("form").hidden = false;
  say(sought.refused);
  ready();
};

const load = () =>
  begin().catch((error) => {
    byId("form").hidden = true;
    if (error.status === 401) say("You are not signed in in this browser.", "Run `tenuto link`, open the link that it prints, and come back to this page.");
    else say(error.message, error.fix);
    byId("state").dataset.status = String(error.status ?? "");
  });

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  decide("allow");
});
byId("form").addEventListener("change", ready);
byId("refuse").addEventListener("click", () => decide("refuse"));
// Who signed in in another tab comes back to a page that goes on by itself.
addEventListener("focus", () => byId("state").dataset.status === "401" && load());
load();
