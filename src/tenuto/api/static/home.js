// Text from runs is only ever put in as text, never as markup.
const byId = (id) => document.getElementById(id);
const marks = { completed: "✓", failed: "✗", cancelled: "⊘", running: "●", pending: "○", waiting: "◷", paused: "‖", unknown: "?", skipped: "–", retrying: "↻" };
const terminal = ["workflow_completed", "workflow_failed", "workflow_cancelled"];
let source = null;

const element = (name, text, className) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

const ask = async (path) => {
  const answer = await fetch(path);
  const body = await answer.json();
  if (answer.ok) return body;
  throw Object.assign(new Error(`${body.error} ${body.fix ?? ""}`), { status: answer.status });
};

const chip = (status) => element("span", `${marks[status] ?? "●"} ${status}`, `chip ${status}`);

const showRuns = async () => {
  const { executions } = await ask("/api/executions?limit=25");
  byId("notice").textContent = executions.length ? "" : "Nothing has run yet. Try: tenuto run examples/support-triage.yaml";
  byId("runs").replaceChildren(
    ...executions.map((run) => {
      const row = document.createElement("tr");
      const open = element("button", run.id);
      open.type = "button";
      open.addEventListener("click", () => watch(run));
      const cells = [chip(run.status), element("span", `${run.workflow_name ?? run.workflow_id ?? ""}${run.simulated ? " (simulated)" : ""}`), open, element("time", new Date(run.created_at).toLocaleString())];
      for (const cell of cells) row.append(document.createElement("td")), row.lastChild.append(cell);
      return row;
    }),
  );
};

const watch = (run) => {
  source?.close();
  byId("run").hidden = false;
  byId("run-title").textContent = `${run.workflow_name ?? "Run"} · ${run.id}${run.simulated ? " · simulated, nothing was sent" : ""}`;
  byId("run-status").replaceChildren(chip("running"));
  byId("nodes").replaceChildren();
  byId("events").replaceChildren();
  const nodes = new Map();
  source = new EventSource(`/api/workflows/monitor?execution_id=${encodeURIComponent(run.id)}`);
  source.addEventListener("message", ({ data, lastEventId }) => {
    const event = JSON.parse(data);
    if (event.type === "connected") return;
    const node = event.data?.node_id;
    if (node && event.type !== "node_progress") {
      if (!nodes.has(node)) byId("nodes").append(nodes.set(node, element("li", "")).get(node));
      const status = event.type === "node_started" ? "running" : event.type.replace("node_", "");
      nodes.get(node).replaceChildren(chip(status), element("b", ` ${node} `), element("span", event.data.agent_name ?? event.data.node_type ?? ""));
    }
    if (event.type.startsWith("workflow_")) {
      const status = { workflow_started: "running", workflow_resumed: "running" }[event.type] ?? event.type.replace("workflow_", "");
      byId("run-status").replaceChildren(chip(status), element("span", event.data?.error ? ` ${event.data.error}` : ""));
    }
    byId("events").append(element("li", `${lastEventId} ${event.type} ${node ?? ""}`));
    if (terminal.includes(event.type)) {
      source.close();
      showRuns();
    }
  });
};

const begin = async () => {
  const me = await ask("/api/auth/me");
  byId("who").textContent = `${me.name} (${me.role})`;
  await showRuns();
  setInterval(() => showRuns().catch((error) => (byId("notice").textContent = error.message)), 5000);
};

begin().catch((error) => {
  byId("notice").textContent = error.status === 401 ? "You are not signed in. Run `tenuto link` and open the link it prints." : error.message;
});
