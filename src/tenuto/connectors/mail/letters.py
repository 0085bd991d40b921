"""Mail as text (RFC 5322, MIME): written for SMTP, and read as far as it can be."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, getaddresses, parsedate_to_datetime

from tenuto.connectors.mail.shapes import File, NewMail
from tenuto.core.errors import Invalid

_longest = 1_000_000
"""Characters of a mail's text that are answered."""
_depth = 200
"""Parts of a mail that are looked at."""


def written(mail: NewMail, message_id: str, at: datetime) -> bytes:
    """The mail as it leaves; blind copies are named to the server alone. Raises `Invalid` for an attachment that is no base64.

    It is written header by header, each on a line of its own: what people write never becomes a header.
    """
    content = _content(mail)
    headers = {
        "From": _address(mail.from_name, mail.sender),
        "To": ", ".join(mail.to),
        "Cc": ", ".join(mail.cc),
        "Reply-To": mail.reply_to or "",
        "Subject": mail.subject,
        "Date": format_datetime(at),
        "Message-ID": message_id,
        "In-Reply-To": mail.in_reply_to or "",
        "References": " ".join(dict.fromkeys((*mail.references, *([mail.in_reply_to] if mail.in_reply_to else ())))),
    }
    for name, value in headers.items():
        if value:
            plain = value.isascii() and ("=?" not in value or name == "From")
            content[name] = value if plain else Header(value, "utf-8", header_name=name).encode()
    return content.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _content(mail: NewMail) -> Message:
    text = MIMEText(mail.text, "plain", "utf-8")
    body: Message = text
    if mail.html is not None:
        body = MIMEMultipart("alternative", _subparts=(text, MIMEText(mail.html, "html", "utf-8")))
    if not mail.attachments:
        return body
    whole = MIMEMultipart("mixed", _subparts=(body,))
    for place, each in enumerate(mail.attachments):
        try:
            data = base64.b64decode(each.content)
        except binascii.Error:
            raise Invalid(f"{each.name} is not in base64.", pointer=f"/attachments/{place}/content") from None
        part = MIMEBase(*each.type.split("/", 1))
        part.set_payload(base64.encodebytes(data).decode())
        part["Content-Transfer-Encoding"] = "base64"
        part.add_header("Content-Disposition", "attachment", filename=each.name if each.name.isascii() else ("utf-8", "", each.name))
        whole.attach(part)
    return whole


def _address(name: str, address: str) -> str:
    if name.isascii() and "=?" not in name:
        return formataddr((name, address))
    return f"{Header(name, 'utf-8').encode()} <{address}>".replace("\n", "")


def read(content: bytes) -> Message:
    """A mail, however it is written."""
    return message_from_bytes(content, policy=compat32)


def header(mail: Message, name: str) -> str:
    """A header as people read it: one line, encoded words decoded; empty if it is not there."""
    value = mail.get(name, "")
    try:
        text = str(make_header(decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        text = str(value)
    return re.sub(r"\s+", " ", text.encode("utf-8", "replace").decode()).strip()[:2000]


def people(mail: Message, name: str) -> tuple[str, ...]:
    """Whom a header names."""
    values = [str(each) for each in mail.get_all(name, [])]
    shown = [(header_text(label), address) for label, address in getaddresses(values) if address]
    return tuple(f"{label} <{address}>" if label else address for label, address in shown)[:200]


def header_text(value: str) -> str:
    """A part of a header with its encoded words decoded."""
    part = Message()
    part["x"] = value
    return header(part, "x")


def moment(mail: Message) -> datetime | None:
    """When it was written, as it says; UTC."""
    try:
        found = parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def texts(mail: Message) -> tuple[str, str]:
    """What it says as text and as HTML; where there is HTML alone, the text is that without its markup."""
    found = {"plain": "", "html": ""}
    for part in _leaves(mail):
        kind = part.get_content_subtype()
        if part.get_content_maintype() == "text" and kind in found and not found[kind] and not _is_file(part):
            found[kind] = _decoded(part)[:_longest]
    plain = found["plain"] or html.unescape(
        re.sub(r"<[^<>]{0,2000}>", " ", re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", found["html"]))
    )
    return re.sub(r"[ \t]+", " ", plain).strip() if not found["plain"] else plain, found["html"]


def files(mail: Message) -> Iterator[tuple[File, bytes]]:
    """Its files with their content, in their order."""
    number = 0
    for part in _leaves(mail):
        if _is_file(part):
            number += 1
            payload = part.get_payload(decode=True)
            data = payload if isinstance(payload, bytes) else b""
            name = header_text(part.get_filename() or f"part-{number}").replace("/", "_").replace("\\", "_")
            yield File(number=number, name=name, type=part.get_content_type(), size=len(data)), data


def _leaves(mail: Message) -> Iterator[Message]:
    for place, part in enumerate(mail.walk()):
        if place >= _depth:
            return
        if not part.is_multipart():
            yield part


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
