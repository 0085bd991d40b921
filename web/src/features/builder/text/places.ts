/** Where in the YAML of a workflow each step stands. */
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { type NodeKey, nodeKey } from "../model/index.ts";

export interface TextPlace {
  readonly key: NodeKey;
  /** The first letter of its first line, and the end of its last one. */
  readonly from: number;
  readonly to: number;
}

/** Steps before those of their bodies. Of a text that cannot be read wholly, what can be read. */
export function placesIn(text: string): readonly TextPlace[] {
  const { contents } = parseDocument(text, { keepSourceTokens: false, strict: false });
  return isMap(contents) ? stepsOf(contents.get("nodes", true), text, null) : [];
}

function stepsOf(list: unknown, text: string, parent: NodeKey | null): TextPlace[] {
  if (!isSeq(list)) return [];
  return list.items.flatMap((item): TextPlace[] => {
    if (!isMap(item) || !item.range) return [];
    const id = item.get("id", true);
    const key = nodeKey(parent, isScalar(id) ? String(id.value) : "");
    const [start, end] = item.range;
    const place = { key, from: text.lastIndexOf("\n", start - 1) + 1, to: text.slice(start, end).trimEnd().length + start };
    return [place, ...stepsOf(item.getIn(["config", "body", "nodes"], true), text, key)];
  });
}

/** The innermost step around a letter of the text. */
export function placeAt(places: readonly TextPlace[], at: number): TextPlace | undefined {
  return places.findLast((place) => place.from <= at && at <= place.to);
}
