"""What a program prints: kept up to a bound, without escape sequences, and not told again when it is played again."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tenuto.core.events import NodeProgress

most = 32 * 1024
"""Characters of one attempt that are kept."""

_escapes = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_more = "… (more was printed, and is not kept)"


class Printed:
    """Takes what is printed and gives it as events, once."""

    def __init__(self, node: str, recorded: int) -> None:
        """`recorded` is how many characters an earlier playing has told of."""
        self._node = node
        self._recorded = recorded
        self._pieces: list[str] = []
        self._kept = 0
        self._from = 0

    def add(self, text: str) -> None:
        """Some more was printed. Called from whichever thread reads it."""
        if self._kept <= most:
            self._pieces.append(text[: most + 1 - self._kept])
            self._kept += len(self._pieces[-1])

    def again(self) -> None:
        """The program is played from its beginning."""
        self._pieces, self._kept, self._from = [], 0, 0

    def take(self) -> NodeProgress | None:
        """What was printed since and is not told yet."""
        pieces, self._pieces = self._pieces, []
        text, begin = "".join(pieces), self._from
        self._from = end = begin + len(text)
        if end <= self._recorded:
            return None
        fresh = text[max(0, self._recorded - begin) :]
        self._recorded = end
        shown = _plain(fresh if end <= most else fresh[: most - end] + _more)
        data: dict[str, JsonValue] = {"text": shown, "to": end}
        return NodeProgress(node=self._node, kind="print", data=data)


def _plain(text: str) -> str:
    """Text that does nothing to a terminal, and that can be stored."""
    return _escapes.sub("", text.encode(errors="replace").decode())
