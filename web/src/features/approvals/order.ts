/** In which order questions stand, and which of them may be decided together. */
import type { ApprovalDetail, ApprovalSummary } from "@tenuto/react/api";
import type { JsonValue } from "@tenuto/react/core";

/** What ends soonest first; what does not end after that, the oldest first. */
export function sorted(items: readonly ApprovalSummary[], decided: boolean): readonly ApprovalSummary[] {
  if (decided) return items.toSorted((a, b) => (b.decided_at ?? "").localeCompare(a.decided_at ?? ""));
  return items.toSorted((a, b) => (a.expires ?? "9999").localeCompare(b.expires ?? "9999") || a.created_at.localeCompare(b.created_at));
}

/** The one after `id`, else the one before it. */
export function after(items: readonly ApprovalSummary[], id: string): string | null {
  const at = items.findIndex((item) => item.id === id);
  return (items[at + 1] ?? items[at - 1])?.id ?? null;
}

/** Whether all ask the same of a person: one workflow and node, one form that needs nothing, arguments of one shape. */
export function alike(items: readonly ApprovalDetail[]): boolean {
  const [first, ...rest] = items.map((item) => JSON.stringify([item.workflow_id, item.workflow_name, item.node, item.form, shape(item.arguments)]));
  return rest.every((each) => each === first) && items.every((item) => !needs(item.form));
}

function shape(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.length > 0 ? [shape(value[0] ?? null)] : [];
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each ?? null)]));
  return typeof value;
}

function needs(form: JsonValue): boolean {
  const required = typeof form === "object" && form !== null && !Array.isArray(form) ? form["required"] : null;
  return Array.isArray(required) && required.length > 0;
}
