/** Where the expressions of a text begin and end, as the server's parser has it (core/language/template.py): `{{ … }}`. */

export interface Piece {
  readonly kind: "text" | "expression";
  /** Of the text between the braces, or of the plain text: offsets into the whole. */
  readonly from: number;
  readonly to: number;
  /** False for an expression whose braces are not closed yet. */
  readonly closed: boolean;
}

const token = /"""(?:[^\\]|\\.)*?"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[()[\]{}]/gs;
const opening = new Set(["(", "[", "{"]);

/** The text in pieces, in order, without gaps except the braces themselves. Braces in strings and brackets of an expression do not end it. */
export function pieces(text: string): readonly Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (let begin = text.indexOf("{{"); begin >= 0; begin = text.indexOf("{{", at)) {
    if (begin > at) found.push({ kind: "text", from: at, to: begin, closed: true });
    const end = endOf(text, begin + 2);
    found.push({ kind: "expression", from: begin + 2, to: end ?? text.length, closed: end !== null });
    at = end === null ? text.length : end + 2;
    if (end === null) break;
  }
  if (at < text.length) found.push({ kind: "text", from: at, to: text.length, closed: true });
  return found;
}

function endOf(text: string, start: number): number | null {
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const mark = match[0];
    if (opening.has(mark)) depth += 1;
    else if (mark === "}" && depth === 0) return text.startsWith("}}", match.index) ? match.index : null;
    else if (mark === ")" || mark === "]" || mark === "}") depth -= 1;
  }
  return null;
}

/** The expression in which the caret stands, or null where it stands in plain text. */
export function expressionAt(text: string, caret: number): Piece | null {
  return pieces(text).find((piece) => piece.kind === "expression" && piece.from <= caret && caret <= piece.to) ?? null;
}

/** Whether the whole text is one expression, whose value keeps its type. */
export function isWhole(text: string): boolean {
  const all = pieces(text);
  return all.length === 1 && all[0]?.kind === "expression" && all[0].closed;
}

/** Whether any expression stands in it. */
export function hasExpression(text: string): boolean {
  return text.includes("{{");
}
