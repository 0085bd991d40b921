/** An event in a few words. */
import type { ExecutionEvent } from "@tenuto/react/core";
import { duration, timeOfDay } from "~/lib/format";

/** `node_completed` → "Node completed". */
export function titleOf(type: string): string {
  const words = type.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function saidOf(event: ExecutionEvent): string {
  switch (event.type) {
    case "workflow_started":
      return [event.data.workflow_name, event.data.trigger ?? ""].filter(Boolean).join(", ");
    case "node_started":
      return [event.data.agent_name ?? event.data.node_type, (event.data.attempt ?? 1) > 1 ? `attempt ${event.data.attempt}` : "", event.data.resumed ? "goes on" : ""].filter(Boolean).join(", ");
    case "node_completed":
      return [event.data.port && event.data.port !== "out" ? `by ${event.data.port}` : "", event.data.duration_ms === undefined ? "" : duration(event.data.duration_ms)].filter(Boolean).join(", ");
    case "node_waiting":
      return [event.data.reason, event.data.until ? `until ${timeOfDay(event.data.until)}` : ""].filter(Boolean).join(", ");
    case "node_retrying":
      return `${event.data.problem.detail} Again at ${timeOfDay(event.data.until)}.`;
    case "node_failed":
    case "node_unknown":
    case "workflow_failed":
      return event.data.problem.detail;
    case "node_skipped":
      return event.data.reason ?? "";
    case "step_started":
    case "step_completed":
      return event.data.step;
    case "workflow_waiting":
      return event.data.waiting_for.join(", ");
    case "workflow_paused":
    case "workflow_resumed":
    case "workflow_cancelled":
      return `by ${event.data.by}`;
    case "node_progress":
      return event.data.kind ?? "";
    default:
      return "";
  }
}
