"""Reading mail by IMAP (RFC 3501): one session for each request, in a thread, as the standard library's client blocks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import JsonValue

from tenuto.core.errors import Invalid, TooLarge
from tenuto.vault.doors.visit import Refused, Server, Visit


class Box(imaplib.IMAP4):
    """A session at a connection that is there already; it reads no more than `most` bytes, whatever the server announces."""

    def __init__(self, link: socket.socket, host: str, most: int) -> None:
        self._link, self._most = link, most
        super().__init__(host)

    def literally(self, text: str) -> None:
        """Have the next command end with this text as a literal."""
        self.literal = cast("Any", text.encode())  # bytes, whatever the stubs say

    def _create_socket(self, timeout: float | None) -> socket.socket:  # pyright: ignore[reportIncompatibleMethodOverride] - as imaplib has it
        return self._link

    def read(self, size: int) -> bytes:
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._most -= size
        if self._most < 0:
            raise TooLarge(f"{self.host} sent more than may be read at once.", fix="Ask for fewer messages.")


async def session(visit: Visit, server: Server, work: Callable[[Box], JsonValue]) -> JsonValue:
    """Sign in, do it, and sign out. Raises as a door."""
    link, inside = await visit.connect(server)
    end = link.dup()  # of the same connection: TLS takes the first for itself
    context = visit.context(inside=inside)
    link.settimeout(visit.remaining())
    try:
        return await asyncio.to_thread(_session, link, server, context, visit, work, inside=inside)
    finally:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)  # whatever the thread still waits for ends
        end.close()


def _session(
    link: socket.socket, server: Server, context: ssl.SSLContext, visit: Visit, work: Callable[[Box], JsonValue], *, inside: bool
) -> JsonValue:
    box: Box | None = None
    try:
        secure = context.wrap_socket(link, server_hostname=server.host) if server.port in visit.tls_ports else link
        box = Box(secure, server.host, visit.max_bytes)
        _signed_in(box, context, visit, secure=secure is not link, inside=inside)
        return work(box)
    except imaplib.IMAP4.abort:
        raise EOFError from None
    except imaplib.IMAP4.error as error:
        raise Refused(400, "protocol", said(error.args)) from None
    finally:
        if box:
            _left(box)
        link.close()


def _left(box: Box) -> None:
    """Say farewell, where anybody still listens."""
    with contextlib.suppress(OSError, imaplib.IMAP4.error, TooLarge):
        box.logout()
    with contextlib.suppress(OSError):
        box.shutdown()


def _signed_in(box: Box, context: ssl.SSLContext, visit: Visit, *, secure: bool, inside: bool) -> None:
    if not secure and "STARTTLS" in box.capabilities:
        box.starttls(context)
    elif not secure and not inside:
        raise Refused(400, "no_tls", "The server offers no TLS, without which no password is sent to it.")
    for text in (visit.user, visit.password.get_secret_value()):
        if re.search(r"[\0\r\n]", text):
            raise Refused(401, "auth", "A user name and a password have no line breaks.")
    try:
        if "AUTH=PLAIN" in box.capabilities:
            box.authenticate("PLAIN", lambda _: f"\0{visit.user}\0{visit.password.get_secret_value()}".encode())
        elif not (visit.user + visit.password.get_secret_value()).isascii():
            raise Refused(401, "auth", "The server takes no user name and no password beyond ASCII.")
        else:
            box.login(quoted(visit.user), visit.password.get_secret_value())
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Refused(401, "auth", said(error.args)) from None


def messages(parts: Sequence[object]) -> list[JsonValue]:
    """FETCH answers: what stands before and after each literal, and the literal itself."""
    found: list[JsonValue] = []
    texts: list[tuple[bytes, bytes]] = []
    for part in parts:
        match part:
            case (bytes() as before, bytes() as literal):
                texts.append((before, literal))
            case bytes() if part.strip() == b")" or (texts and not re.match(rb"\d+ \(", part)):
                texts[-1:] = [(texts[-1][0] + b" " + part, texts[-1][1])] if texts else []
            case bytes():
                texts.append((part, b""))
            case _:
                pass
    for facts, content in texts:
        if uid := re.search(rb"\bUID (\d+)", facts):
            found.append({"uid": int(uid[1]), **_facts_of(facts), "content": base64.b64encode(content).decode()})
    return found


def _facts_of(text: bytes) -> dict[str, JsonValue]:
    flags, size = imaplib.ParseFlags(text[text.find(b"FLAGS") :]) if b"FLAGS" in text else (), re.search(rb"RFC822\.SIZE (\d+)", text)
    at = re.search(rb'INTERNALDATE "([^"]+)"', text)
    return {
        "flags": [flag.decode("ascii", "replace") for flag in flags],
        "size": int(size[1]) if size else 0,
        "received": _moment(at[1].decode("ascii", "replace")) if at else None,
    }


def _moment(text: str) -> str | None:
    try:
        return datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC).isoformat().replace("+00:00", "Z")
    except ValueError:
        return None


def quoted(text: str) -> str:
    """A text as IMAP quotes it. Raises `Invalid` for one with line breaks."""
    if re.search(r"[\0\r\n]", text):
        raise Invalid("What is sent to a mail server has no line breaks.")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ok(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    """The parts of an answer. Raises `Refused` for a NO or BAD."""
    if answer[0] != "OK":
        raise Refused(400, answer[0].lower(), said(answer[1]))
    return answer[1]


def said(parts: Sequence[object]) -> str:
    """The first part that is there, as text."""
    part = next((each for each in parts if each), b"")
    return part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part)


def number(value: JsonValue, usual: int) -> int:
    """A whole number, also as text."""
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdecimal() else usual


def listed(value: JsonValue) -> list[JsonValue]:
    """A list, empty where there is none."""
    return value if isinstance(value, list) else []
