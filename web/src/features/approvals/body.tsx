/** The text of a question: the little of Markdown that questions use, as plain elements; nothing of it is ever taken for HTML. */
/* oxlint-disable react/no-array-index-key -- parts of a text have nothing else that tells them apart, and never move */
import type { ReactElement, ReactNode } from "react";

export function Body({ text }: { text: string }): ReactElement {
  return (
    <div className="flex max-w-prose flex-col gap-3 text-sm break-words">
      {text.split(/\n{2,}/).map((block, index) => (
        <Block key={String(index)} text={block} />
      ))}
    </div>
  );
}

function Block({ text }: { text: string }): ReactElement {
  const heading = /^#{1,4} (.+)$/.exec(text);
  if (heading?.[1]) return <h3 className="font-semibold">{inline(heading[1])}</h3>;
  const lines = text.split("\n");
  if (lines.every((line) => /^\s*[-*] /.test(line)))
    return (
      <ul className="list-disc pl-5">
        {lines.map((line, index) => (
          <li key={String(index)}>{inline(line.replace(/^\s*[-*] /, ""))}</li>
        ))}
      </ul>
    );
  if (lines.every((line) => line.startsWith("> "))) return <blockquote className="border-l-2 border-line pl-3 text-muted">{inline(lines.map((line) => line.slice(2)).join("\n"))}</blockquote>;
  return <p className="whitespace-pre-wrap">{inline(text)}</p>;
}

/** `**bold**` and `code`. */
function inline(text: string): ReactNode {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((piece, index) => {
    if (piece.startsWith("**") && piece.endsWith("**") && piece.length > 4) return <strong key={String(index)}>{piece.slice(2, -2)}</strong>;
    if (piece.startsWith("`") && piece.endsWith("`") && piece.length > 2)
      return (
        <code key={String(index)} className="rounded-sm bg-sunken px-1 font-mono text-mono">
          {piece.slice(1, -1)}
        </code>
      );
    return piece;
  });
}
