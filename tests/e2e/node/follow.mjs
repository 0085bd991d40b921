// Follows one run with npm `eventsource`, whatever happens to the server, and prints each event as a line of JSON.
import { EventSource } from "eventsource";

const [url, key] = process.argv.slice(2);
const terminal = ["workflow_completed", "workflow_failed", "workflow_cancelled"];
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } }),
});
source.addEventListener("error", (event) => console.error(`lost: ${event.message ?? ""} ${event.code ?? ""}`));
source.addEventListener("message", ({ data, lastEventId }) => {
  const event = JSON.parse(data);
  console.log(JSON.stringify({ id: lastEventId, type: event.type }));
  if (terminal.includes(event.type)) source.close();
});
