"""Mail as Gmail answers it: a tree of MIME parts, and the text that a reader sees."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import Annotated

from pydantic import AliasPath, BeforeValidator, Field

from tenuto.core.connector import Result


def _decoded(text: object) -> object:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)) if isinstance(text, str) else text


class PartHeader(Result):
    """A header of a part."""

    name: str
    value: str


class Part(Result):
    """A MIME part with all that is in it."""

    kind: str = Field(default="", validation_alias="mimeType")
    filename: str = ""
    headers: tuple[PartHeader, ...] = ()
    data: Annotated[bytes, BeforeValidator(_decoded)] = Field(default=b"", validation_alias=AliasPath("body", "data"))
    attachment: str = Field(default="", validation_alias=AliasPath("body", "attachmentId"))
    """Where the bytes are fetched, if they are not here."""
    size: int = Field(default=0, validation_alias=AliasPath("body", "size"))
    parts: tuple[Part, ...] = ()

    def header(self, name: str) -> str:
        """A header's value, empty if it is not there."""
        return next((header.value for header in self.headers if header.name.lower() == name.lower()), "")

    @property
    def text(self) -> str:
        """The mail's text: the first plain part, else the first HTML part without its markup; attachments are no text."""
        leaves = [part for part in self.leaves() if part.data and not part.filename]
        for part in leaves:
            if part.kind == "text/plain":
                return part.decoded
        return next((_without_markup(part.decoded) for part in leaves if part.kind == "text/html"), "")

    @property
    def decoded(self) -> str:
        """The bytes as text: UTF-8 where they are (Gmail mostly converts), else by the part's own charset."""
        charset = re.search(r'charset="?([\w.:-]+)', self.header("content-type"), re.IGNORECASE)
        for encoding in ("utf-8", charset[1] if charset else "latin-1"):
            try:
                return self.data.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
        return self.data.decode(errors="replace")

    def leaves(self) -> Iterator[Part]:
        """This part and all below it, in the mail's order."""
        yield self
        for part in self.parts:
            yield from part.leaves()


class Message(Result):
    """A message as Gmail answers it; in `format=metadata` the parts are empty."""

    id: str
    thread_id: str = Field(default="", validation_alias="threadId")
    labels: tuple[str, ...] = Field(default=(), validation_alias="labelIds")
    snippet: str = ""
    date: datetime | None = Field(default=None, validation_alias="internalDate")
    payload: Part = Part()


class _Text(HTMLParser):
    """Collects what a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script", "title")
        if tag in ("p", "br", "div", "tr", "li", "h1", "h2", "h3"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "title") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _without_markup(html: str) -> str:
    text = _Text()
    text.feed(html)
    text.close()
    return re.sub(r"\n\s*\n\s*", "\n\n", re.sub(r" *\n *", "\n", "".join(text.pieces))).strip()
