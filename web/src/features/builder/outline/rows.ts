/** The items of the outline as rows: what they say, where they stand among their siblings, and where a key leads. */
import { outline as words } from "~/lib/strings/outline.ts";
import { trials } from "~/lib/strings/trials.ts";
import { type EditorView, type NodeKey, type OutlineItem, sentence, spoken, titleOf } from "../model/index.ts";

export interface Row {
  readonly item: OutlineItem;
  /** The step that is selected with it. */
  readonly node: NodeKey;
  readonly title: string;
  /** What the step does, in a few words. */
  readonly about: string;
  readonly spoken: string;
  readonly problems: number;
  readonly pinned: boolean;
  /** Among those of the same level under the same row: how many, and which, from 1. */
  readonly size: number;
  readonly place: number;
  /** How many rows stand under it. */
  readonly parts: number;
}

type Words = Pick<EditorView, "document" | "catalog" | "problems" | "pinned">;

export function rowsOf(items: readonly OutlineItem[], view: Words): readonly Row[] {
  const counts = new Map<NodeKey, number>();
  for (const problem of view.problems) if (problem.node !== null) counts.set(problem.node, (counts.get(problem.node) ?? 0) + 1);
  const siblings = places(items);
  return items.map((item, index) => {
    const node = item.kind === "jump" ? item.target : item.node;
    const problems = item.kind === "step" ? (counts.get(node) ?? 0) : 0;
    const title = titled(item, view);
    const about = item.kind === "step" ? aboutOf(node, view) : "";
    const pinned = item.kind === "step" && view.pinned.has(node);
    return { item, node, title, about, problems, pinned, spoken: said(item, title, view, problems), ...(siblings[index] ?? { size: 1, place: 1 }), parts: partsAt(items, index) };
  });
}

function nameOf(key: NodeKey, view: Words): string {
  const node = view.document.nodes[key];
  return node === undefined ? key : titleOf(node);
}

function titled(item: OutlineItem, view: Words): string {
  switch (item.kind) {
    case "step":
      return nameOf(item.node, view);
    case "port":
      return item.empty ? words.portEmpty(item.port) : words.port(item.port);
    case "branch":
      return words.branch(item.index + 1);
    case "inside":
      return words.inside;
    case "jump":
      return words.jump(nameOf(item.target, view), item.number);
  }
}

function aboutOf(key: NodeKey, view: Words): string {
  const node = view.document.nodes[key];
  return node === undefined ? "" : spoken(sentence(view.document, node, view.catalog));
}

/** "3. Classify, agent, joins 2 branches, 1 problem". */
function said(item: OutlineItem, title: string, view: Words, problems: number): string {
  if (item.kind !== "step") return title;
  const type = view.document.nodes[item.node]?.spec.type ?? "";
  const kind = view.catalog.kinds.get(type)?.name.toLowerCase() ?? type;
  const joins = item.joins > 1 ? [words.joins(item.joins)] : [];
  const wrong = problems > 0 ? [words.problems(problems)] : [];
  const pinned = view.pinned.has(item.node) ? [trials.pin.mark] : [];
  return [`${item.number}. ${title}`, kind, ...pinned, ...joins, ...wrong].join(", ");
}

function places(items: readonly OutlineItem[]): readonly { readonly size: number; readonly place: number }[] {
  const found: { size: number; place: number }[] = [];
  const open: { level: number; members: { size: number; place: number }[] }[] = [];
  for (const item of items) {
    while ((open.at(-1)?.level ?? 0) > item.level) open.pop();
    let group = open.at(-1);
    if (group === undefined || group.level < item.level) open.push((group = { level: item.level, members: [] }));
    const one = { size: 0, place: group.members.length + 1 };
    group.members.push(one);
    for (const member of group.members) member.size = group.members.length;
    found.push(one);
  }
  return found;
}

function partsAt(items: readonly OutlineItem[], index: number): number {
  const level = items[index]?.level ?? 0;
  let parts = 0;
  while ((items[index + 1 + parts]?.level ?? 0) > level) parts += 1;
  return parts;
}

/** Rows that no closed row hides. */
export function visible(rows: readonly Row[], closed: ReadonlySet<string>): readonly Row[] {
  const shown: Row[] = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    if (row === undefined) break;
    shown.push(row);
    if (closed.has(row.item.id)) index += row.parts;
  }
  return shown;
}

export interface Move {
  readonly index: number;
  readonly closed?: ReadonlySet<string>;
}

/** Where a key of WAI-ARIA's tree leads from a row; null where it is none. */
export function moved(key: string, shown: readonly Row[], here: number, closed: ReadonlySet<string>): Move | null {
  const row = shown[here];
  if (row === undefined) return null;
  switch (key) {
    case "ArrowDown":
      return { index: here + 1 };
    case "ArrowUp":
      return { index: here - 1 };
    case "Home":
      return { index: 0 };
    case "End":
      return { index: shown.length - 1 };
    case "ArrowRight":
      return row.parts === 0 ? { index: here } : closed.has(row.item.id) ? { index: here, closed: without(closed, row.item.id) } : { index: here + 1 };
    case "ArrowLeft":
      return row.parts > 0 && !closed.has(row.item.id) ? { index: here, closed: new Set([...closed, row.item.id]) } : { index: parentOf(shown, here) };
    case "*":
      return { index: here, closed: new Set() };
    default:
      return null;
  }
}

function without(closed: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...closed].filter((each) => each !== id));
}

function parentOf(shown: readonly Row[], here: number): number {
  const level = shown[here]?.item.level ?? 1;
  for (let index = here - 1; index >= 0; index -= 1) if ((shown[index]?.item.level ?? 0) < level) return index;
  return here;
}
