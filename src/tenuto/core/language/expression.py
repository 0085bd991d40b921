"""What a template string is once it is read: text, expressions, and the paths in them that need no interpreter."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import NamedTuple, TypeAlias

from pydantic import JsonValue

from tenuto.core.errors import InvalidExpression

Step: TypeAlias = str | int

roots = frozenset({"input", "nodes", "trigger", "event", "vars", "item", "index", "execution", "now"})
"""The names a path may start with. Which of them have a value depends on the place (`item` only in a body, `event` only in a trigger)."""

node_members = ("output", "error")
"""What `nodes.<id>` has: the output of a completed node, the problem of a failed one whose error was handled."""

imports = {
    "json": "import json",
    "math": "import math",
    "re": "import re",
    "date": "from datetime import date",
    "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta",
    "timezone": "from datetime import timezone",
}
"""Names from the interpreter's library, imported where they are used."""

functions = frozenset(
    "abs all any bin bool chr dict divmod enumerate filter float format frozenset hash hex int isinstance iter len "  # noqa: SIM905 a page of quotes is harder to read
    "list map max min next oct ord pow range repr reversed round set slice sorted str sum tuple zip".split()
)
"""Built-in functions an expression may use. `eval`, `exec`, `open`, `getattr`, `type` and the like are not among them."""

max_length = 10_000
max_bits = 4_096
"""Of an integer; JSON readers and Python's own printing stop somewhere above."""
max_nesting = 100

_line_break = re.compile(r"\r\n|\r|\n")


def written(steps: Sequence[Step]) -> str:
    """Steps as they are written after a root: `.output["a b"][0]`."""
    return "".join(f".{step}" if isinstance(step, str) and _plain(step) else f"[{quoted(step)}]" for step in steps)


def _plain(step: str) -> bool:
    """Whether it is read back as it is: Python normalises identifiers, and has words of its own."""
    return step.isidentifier() and not iskeyword(step) and unicodedata.is_normalized("NFKC", step)


def quoted(step: Step) -> str:
    """A step as a literal."""
    return json.dumps(step, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written out."""

    value: JsonValue

    @property
    def text(self) -> str:
        """As it is written."""
        return json.dumps(self.value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Path:
    """`nodes.a.output["x"][0]`: a root and literal steps."""

    root: str
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """As it is written."""
        return self.root + written(self.steps)


@dataclass(frozen=True, slots=True)
class Get:
    """`get(container, key, default)` with a literal key; `key` None is the container itself. What is missing on the way gives the default."""

    container: Operand
    key: Step | None
    default: Operand

    @property
    def text(self) -> str:
        """As it is written."""
        if self.key is None:
            return self.container.text
        return f"get({self.container.text}, {quoted(self.key)}, {self.default.text})"


Operand: TypeAlias = Constant | Path | Get
"""A part that is resolved natively, without the interpreter."""


@dataclass(frozen=True, slots=True)
class Computed:
    """Python for the sandbox: one expression, in which every operand has become a variable."""

    code: str
    prelude: str
    """The imports and helpers it needs."""
    operands: tuple[tuple[str, Operand], ...]
    """(variable, what it stands for)."""


class Reference(NamedTuple):
    """One path in an expression. `start` and `end` are offsets (in characters) into the whole string that holds the expression."""

    root: str
    node: str | None
    """The node's id where the root is `nodes`."""
    path: tuple[Step, ...]
    """The literal steps after the root, the node's id included."""
    start: int
    end: int
    text: str
    optional: bool
    """Whether it stands in `get(…)` and may be missing."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, parsed. `source` is what was written between the braces."""

    source: str
    body: Operand | Computed
    references: tuple[Reference, ...]
    start: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A string without expressions; it stands for itself."""

    value: str


@dataclass(frozen=True, slots=True)
class Mixed:
    """Text with expressions in it; it becomes text."""

    parts: tuple[Text | Expression, ...]


Template: TypeAlias = Text | Expression | Mixed
"""A string that is exactly one expression is an `Expression` and keeps its type."""


class Place(NamedTuple):
    """Where an expression stands: the whole string, and the offset of the expression in it."""

    whole: str
    start: int

    def error(self, message: str, offset: int = 0, fix: str | None = None) -> InvalidExpression:
        """The problem at an offset into the expression; the sentence ends in the column (and line) within the whole string."""
        before = self.whole[: max(self.start + offset, 0)]
        split = _line_break.split(before)
        where = f"column {len(split[-1]) + 1}"
        return InvalidExpression(f"{message} ({where if len(split) == 1 else f'line {len(split)}, {where}'}).", fix=fix)


class Offsets:
    """Turns the positions of `ast` (line, UTF-8 column in the parenthesised source) into offsets into the source."""

    def __init__(self, source: str) -> None:
        self._wrapped = "(" + source
        self._starts = [0, *(match.end() for match in _line_break.finditer(self._wrapped))]

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Start and end. Inside an f-string Python 3.11 does not always know them; they stay within the source."""
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def at(self, line: int, column: int, *, encoded: bool = True) -> int:
        """The offset of a position; `column` counts UTF-8 bytes where `encoded`, else characters, both from 0."""
        start = self._starts[min(line, len(self._starts)) - 1]
        if encoded:
            column = len(self._wrapped[start:].encode()[:column].decode(errors="ignore"))
        return min(max(start + column - 1, 0), len(self._wrapped) - 1)
