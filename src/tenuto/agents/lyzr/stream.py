"""Lyzr's event stream, line by line: text in pieces, tool calls, an error, the end."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tenuto.agents.lyzr.problems import refusal
from tenuto.core.errors import Invalid, Uncertain
from tenuto.core.values import JsonObject, decode

_escape = re.compile(
    r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"  # two halves of one character
    r'|\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt]|&(?:quot|amp|lt|gt|#39);'
)
_unit = re.compile(r'\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt]')
_unicode = "\\u"
_plain = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\b": "\b", "\\f": "\f", '\\"': '"', "\\\\": "\\", "\\/": "/"}
_entities = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">", "&#39;": "'"}


class Piece(NamedTuple):
    """Some of the text."""

    text: str


class ToolsAsked(NamedTuple):
    """The agent wants a local tool: `{tool_name, arguments, messages}`."""

    chunk: JsonObject


Chunk: TypeAlias = Piece | ToolsAsked


async def chunks(body: AsyncIterator[bytes]) -> AsyncGenerator[Chunk]:
    """What the stream says, until it says `[DONE]`.

    Raises what `[ERROR]` means, and `Uncertain` when the stream ends before its end: the agent may have run on, so that
    asking again is a second run, which is not for us to decide.
    """
    try:
        async for line in _lines(body):
            data = _data(line)
            if data is None:
                continue
            if data == "[DONE]":
                return
            if data.startswith("[ERROR]"):
                raise refusal(_unescaped(data.removeprefix("[ERROR]").strip()))
            yield _chunk(data)
    finally:
        if isinstance(body, AsyncGenerator):
            await body.aclose()
    raise Uncertain(
        "Lyzr's answer broke off in the middle; the agent may have run on.", fix="Look at the agent's session before asking again."
    )


def _chunk(data: str) -> Chunk:
    """A JSON object with text in it, or text that may look like JSON: `7`, `true` and `{"a": 1}` are pieces of an answer."""
    try:
        value = decode(data)
    except Invalid:
        return Piece(_unescaped(data))
    if isinstance(value, dict):
        if value.get("type") == "local_tool_call":
            return ToolsAsked(value)
        for name in ("content", "delta"):
            if isinstance(text := value.get(name), str) and text:
                return Piece(text)
        if value.keys() & {"content", "delta"}:
            return Piece("")
    # What is an object or a list as it stands was not escaped, and would be spoiled by unescaping.
    return Piece(data if isinstance(value, dict | list) else _unescaped(data))


async def _lines(body: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Lines by LF or CRLF alone: a text may hold other characters that Python calls line ends. A torn last line is dropped."""
    rest = b""
    async for part in body:
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode(errors="replace")


def _data(line: str) -> str | None:
    """The data of a line: after exactly one space, for the text may begin with a space of its own."""
    if not line.startswith("data:"):
        return None
    return line.removeprefix("data:").removeprefix(" ")


def _unescaped(text: str) -> str:
    return _escape.sub(_replaced, text)


def _replaced(match: re.Match[str]) -> str:
    found = match[0]
    if found.startswith("&"):
        return _entities[found]
    units = [_plain.get(unit) or chr(int(unit.removeprefix(_unicode), base=16)) for unit in _unit.findall(found)]
    # Half of a character alone is not text.
    return "".join(units).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass
class Visible:
    """Text on its way to those who watch, without what the agent only thinks: `<think>…</think>`, `<artifacts>…</artifacts>`.

    Each piece is looked at once, however long the agent thinks.
    """

    held: str = field(default="")
    """What may be the beginning of a tag, or of the end of a block."""
    hidden: list[str] = field(default_factory=list[str])
    """The block so far: if it never ends it was text after all."""
    closing: str = ""

    def feed(self, text: str) -> str:
        """What may be shown now; a part that could be the beginning of a hidden block is held back."""
        self.held += text
        shown: list[str] = []
        while self.held:
            if self.closing:
                if not self._skip():
                    break
                continue
            tag = _tag.search(self.held)
            shown.append(self.held[: tag.start()] if tag else self.held)
            if tag is None or tag[1] is None:
                self.held = self.held[tag.start() :] if tag else ""
                break
            self.hidden, self.closing = [tag[0]], f"</{tag[1]}>"
            self.held = self.held[tag.end() :]
        return "".join(shown)

    def rest(self) -> str:
        """What was held back and turned out to be text."""
        shown = "".join(self.hidden) + self.held
        self.held, self.closing = "", ""
        self.hidden.clear()
        return shown

    def _skip(self) -> bool:
        """Pass over the block; False while its end has not come."""
        inside, end, after = self.held.partition(self.closing)
        if end:
            self.hidden.clear()
            self.held, self.closing = after, ""
            return True
        kept = len(self.closing) - 1
        self.hidden.append(inside[:-kept])
        self.held = inside[-kept:]
        return False


_tag = re.compile(r"<(think|artifacts)>|<(?:t|th|thi|thin|think|a|ar|art|arti|artif|artifa|artifac|artifact|artifacts)?$")
