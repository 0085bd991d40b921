"""Where in a workflow file an issue stands."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.core.documents.reader import locate
from tenuto.core.documents.yaml_reader import Place
from tenuto.core.errors import Issue


def place_in(data: bytes | str, document: JsonValue, issue: Issue) -> Place | None:
    """Line and column of an issue in the text of its document, from 1; of a program in a YAML block, those of the program's own line."""
    at = locate(data, issue.pointer)
    program = _value(document, issue.pointer) if issue.line is not None and issue.column is not None else None
    if at is None or issue.line is None or issue.column is None or not isinstance(program, str):
        return at
    lines = (data if isinstance(data, str) else data.decode(errors="replace")).split("\n")
    written, index = program.split("\n")[issue.line - 1 : issue.line], at[0] - 1 + issue.line
    if not written or index >= len(lines) or not written[0].strip() or lines[index].strip() != written[0].strip():
        return at
    return index + 1, lines[index].index(written[0].strip()) + issue.column - (len(written[0]) - len(written[0].lstrip()))


def _value(document: JsonValue, at: str) -> JsonValue:
    value = document
    for part in at.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        match value:
            case dict() if key in value:
                value = value[key]
            case list() if key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            case _:
                return None
    return value
