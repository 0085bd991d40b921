"""Mail on its way out: RFC 5322 by the standard library, with nothing in a header that was not meant to be there."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from email.encoders import encode_base64
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr
from typing import NamedTuple

control = re.compile(r"[\x00-\x1f\x7f]")
_atom = r"[\w!#$%&'*+/=?^`{|}~-]+"
_spec = rf"(?a:{_atom}(?:\.{_atom})*)@[\w-]+(?:\.[\w-]+)*"
_name = r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<name>[^"<>,;:@()\[\]\\=]*))'
_mailbox = re.compile(rf"{_name}\s*<(?P<angled>{_spec})>|(?P<bare>{_spec})")
_longest = 600


class Attachment(NamedTuple):
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


def composed(
    headers: Mapping[str, str],
    addressed: Mapping[str, str | None],
    body: str,
    *,
    html: str | None = None,
    files: Sequence[Attachment] = (),
) -> str:
    """A mail as Gmail takes it: RFC 5322, base64url. `addressed` are the headers that hold addresses.

    It is written header by header: `EmailMessage` reads addresses again when it folds them, and loses some beside a hostile name.
    """
    mail = _content(body, html, files)
    for name, value in addressed.items():
        if value:
            mail[name] = ", ".join(_written(address) for address in mailboxes(value))
    for name, value in headers.items():
        mail[name] = value if _is_plain(value) else Header(value, "utf-8", header_name=name).encode()
    return urlsafe_b64encode(mail.as_bytes(policy=compat32.clone(linesep="\r\n"))).decode()


def _content(body: str, html: str | None, files: Sequence[Attachment]) -> MIMEBase:
    plain = MIMEText(body, "plain", "utf-8")
    shown = MIMEMultipart("alternative", _subparts=(plain, MIMEText(html, "html", "utf-8"))) if html is not None else plain
    return MIMEMultipart("mixed", _subparts=(shown, *(_attached(file) for file in files))) if files else shown


def _attached(file: Attachment) -> MIMEBase:
    main, _, sub = file.media_type.partition("/")
    part = MIMEBase(main, sub)
    part.set_payload(file.content)
    encode_base64(part)
    name = file.name if file.name.isascii() else ("utf-8", "", file.name)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def spelled(value: str) -> str:
    """A header that somebody else wrote, decoded, on one line and without control characters."""
    try:
        text = str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        text = value
    return control.sub(" ", text).strip()


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
