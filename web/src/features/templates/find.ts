/** What of the gallery is looked for. */
import type { TemplateSummary } from "@tenuto/react/api";

/** Whether every word of a search stands in what a template says of itself, and whether it works with an application ("" is any). */
export function matches(template: TemplateSummary, search: string, application: string): boolean {
  const { title, description, tags, applications, kinds } = template;
  if (application !== "" && !applications.some((each) => each.key === application)) return false;
  const text = [title, description, ...tags, ...kinds, ...applications.map((each) => each.name)].join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Each application that any of them works with, by name. */
export function applicationsOf(templates: readonly TemplateSummary[]): readonly { key: string; name: string }[] {
  const named = new Map(templates.flatMap((each) => each.applications.map(({ key, name }) => [key, name] as const)));
  return [...named].map(([key, name]) => ({ key, name })).sort((one, other) => one.name.localeCompare(other.name));
}
