"""Mail as text: RFC 5322 on the way out, Gmail's tree of MIME parts on the way in."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr
from html.parser import HTMLParser
from typing import Annotated

from pydantic import AliasPath, BeforeValidator, Field

from tenuto.core.connector import Result

control = re.compile(r"[\x00-\x1f\x7f]")
_atom = r"[\w!#$%&'*+/=?^`{|}~-]+"
_spec = rf"(?a:{_atom}(?:\.{_atom})*)@[\w-]+(?:\.[\w-]+)*"
_name = r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<name>[^"<>,;:@()\[\]\\=]*))'
_mailbox = re.compile(rf"{_name}\s*<(?P<angled>{_spec})>|(?P<bare>{_spec})")
_longest = 600


def composed(headers: Mapping[str, str], addressed: Mapping[str, str | None], body: str) -> str:
    """A plain-text mail as Gmail takes it: RFC 5322, base64url. `addressed` are the headers that hold addresses.

    It is written header by header: `EmailMessage` reads addresses again when it folds them, and loses some beside a hostile name.
    """
    mail = MIMEText(body, "plain", "utf-8")
    for name, value in addressed.items():
        if value:
            mail[name] = ", ".join(_written(address) for address in mailboxes(value))
    for name, value in headers.items():
        mail[name] = value if _is_plain(value) else Header(value, "utf-8", header_name=name).encode()
    return urlsafe_b64encode(mail.as_bytes(policy=compat32.clone(linesep="\r\n"))).decode()


def mailboxes(value: str) -> tuple[Address, ...]:
    """The addresses of a header. Raises `ValueError` for one that is none, and for whatever could smuggle in a header."""
    if control.search(value):
        raise ValueError("an address has no line breaks or control characters")
    found = [_address(item) for item in _items(value) if item]
    if not found:
        raise ValueError(f'"{value}" is no mail address')
    return tuple(found)


def _items(value: str) -> Iterator[str]:
    """What stands between the commas; a comma in quotes is part of a name."""
    item, quoted, escaped = "", False, False
    for character in value:
        if character == "," and not quoted:
            yield item.strip()
            item = ""
            continue
        quoted ^= character == '"' and not escaped
        escaped = character == "\\" and not escaped
        item += character
    yield item.strip()


def _address(item: str) -> Address:
    """`spec`, `Name <spec>` or `"Name" <spec>`, read here: the standard library's parser stumbles (IndexError for "ada@")."""
    match = _mailbox.fullmatch(item) if len(item) <= _longest else None
    if match is None:
        raise ValueError(f'"{item[:80]}" is not a mail address')
    name = match["name"] or re.sub(r"\\(.)", r"\1", match["quoted"] or "")
    local, _, domain = (match["angled"] or match["bare"]).rpartition("@")
    try:
        return Address(name.strip(), local, domain.encode("idna").decode())
    except UnicodeError:
        raise ValueError(f'"{domain}" is not a domain') from None


def _written(address: Address) -> str:
    if _is_plain(address.display_name):
        return formataddr((address.display_name, address.addr_spec))
    return f"{Header(address.display_name, 'utf-8').encode()} <{address.addr_spec}>".replace("\n", "")


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text


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
