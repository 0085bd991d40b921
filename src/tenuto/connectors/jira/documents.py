"""Text as an Atlassian document, and an Atlassian document as text.

Version 3 of Jira's API takes and gives text in the Atlassian Document Format only:
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/.
"""

from __future__ import annotations

import re
from typing import cast

from pydantic import JsonValue

_block_ends = ("paragraph", "heading", "listItem", "blockquote", "codeBlock", "tableRow", "rule")
_deepest = 50


def document(text: str) -> JsonValue:
    """A document of paragraphs: blank lines part them, single ones break lines within."""
    parts = [part.strip("\n") for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    paragraphs: list[JsonValue] = [{"type": "paragraph", "content": _lines(part)} for part in parts if part.strip()]
    return {"type": "doc", "version": 1, "content": paragraphs}


def plain(value: JsonValue) -> str | None:
    """The text of a document; None where there is none. Text of older issues is text already."""
    if value is None or isinstance(value, str):
        return value
    return re.sub(r"\n{3,}", "\n\n", _text(value, 0)).strip()


def _lines(part: str) -> list[JsonValue]:
    nodes: list[JsonValue] = []
    for line in part.split("\n"):
        if nodes:
            nodes.append({"type": "hardBreak"})
        if line:  # an empty text node is refused
            nodes.append({"type": "text", "text": line})
    return nodes


def _text(node: JsonValue, depth: int) -> str:
    if not isinstance(node, dict) or depth > _deepest:
        return ""
    attributes = node.get("attrs")
    told = cast("dict[str, JsonValue]", attributes) if isinstance(attributes, dict) else {}
    match node.get("type"):
        case "text":
            return str(node.get("text", ""))
        case "hardBreak":
            return "\n"
        case "mention" | "emoji" | "status":
            return str(told.get("text") or told.get("shortName") or "")
        case "inlineCard" | "blockCard":
            return str(told.get("url", ""))
        case kind:
            children = node.get("content")
            inside = "".join(_text(child, depth + 1) for child in children) if isinstance(children, list) else ""
            return inside + "\n\n" if kind in _block_ends else inside
