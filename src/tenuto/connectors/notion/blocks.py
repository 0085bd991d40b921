"""Text as Notion's blocks: paragraphs, headings, lists, quotes, lines, and code, told by how a line begins, as in Markdown."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tenuto.core.errors import Invalid

most_blocks = 100
"""Of one request."""
longest = 2000
"""Characters of one piece of text."""
most_pieces = 100
_kinds = (
    (re.compile(r"#\s+(.*)"), "heading_1"),
    (re.compile(r"##\s+(.*)"), "heading_2"),
    (re.compile(r"###+\s+(.*)"), "heading_3"),
    (re.compile(r"[-*]\s+\[[ xX]\]\s+(.*)"), "to_do"),
    (re.compile(r"[-*]\s+(.*)"), "bulleted_list_item"),
    (re.compile(r"\d+[.)]\s+(.*)"), "numbered_list_item"),
    (re.compile(r">\s?(.*)"), "quote"),
)
_done = re.compile(r"[-*]\s+\[[xX]\]")
_fence = re.compile(r"```(\w*)\s*")


def rich(text: str) -> list[JsonValue]:
    """A text as the pieces that Notion takes. Raises `Invalid` for one that is too long for a block."""
    pieces: list[JsonValue] = [{"text": {"content": text[start : start + longest]}} for start in range(0, len(text), longest)]
    if len(pieces) > most_pieces:
        raise Invalid(f"A paragraph has more than {longest * most_pieces} characters.", fix="Break it into lines.")
    return pieces


def blocks(text: str, pointer: str) -> list[JsonValue]:
    """A text's lines as blocks; empty lines are only seen in code. Raises `Invalid` for more than one request takes."""
    made: list[JsonValue] = []
    lines = text.splitlines()
    while lines:
        line = lines.pop(0)
        if fence := _fence.fullmatch(line.strip()):
            code: list[str] = []
            while lines and lines[0].strip() != "```":
                code.append(lines.pop(0))
            del lines[:1]
            made.append({"type": "code", "code": {"rich_text": rich("\n".join(code)), "language": fence[1] or "plain text"}})
        elif line.strip():
            made.append(_block(line.strip()))
    if len(made) > most_blocks:
        raise Invalid(
            f"The text has {len(made)} paragraphs; Notion takes {most_blocks} at once.",
            pointer=pointer,
            fix="Write the first, and append the others with append_content.",
        )
    return made


def _block(line: str) -> JsonValue:
    if re.fullmatch(r"(-{3,}|\*{3,})", line):
        return {"type": "divider", "divider": {}}
    for pattern, kind in _kinds:
        if found := pattern.fullmatch(line):
            more: dict[str, JsonValue] = {"checked": bool(_done.match(line))} if kind == "to_do" else {}
            return {"type": kind, kind: {"rich_text": rich(found[1]), **more}}
    return {"type": "paragraph", "paragraph": {"rich_text": rich(line)}}
