"""Messages of the Model Context Protocol over streamable HTTP: what is sent, and what is read of an answer.

Specification: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports and its revision 2026-07-28, where every
request stands by itself: no handshake, no session, the version and the names of what is called as headers.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.connector import Answer, Result
from tenuto.core.errors import InvalidOutput, Problem
from tenuto.core.values import JsonObject, decode

modern = "2026-07-28"
newest = "2025-11-25"
handshakes = ("2024-11-05", "2025-03-26", "2025-06-18", newest)
"""Versions of the protocol that begin with a handshake."""

us: dict[str, JsonValue] = {"name": "tenuto", "title": "Tenuto", "version": "1"}
accepted = "application/json, text/event-stream"

_line = re.compile(r"\r\n|\n|\r")
_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
_plain = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_encoded = re.compile(r"=\?base64\?.*\?=")
_depth = 8


class Reply(Result):
    """An answer to one message."""

    result: dict[str, JsonValue] | None = None
    code: int | None = None
    """Of an error; None where there is none."""
    said: str = ""
    asked: bool = False
    """Whether the server asks something itself before it answers."""
    session: str | None = None
    """The session that a handshake has begun, where the server keeps one."""
    last_event: str | None = None
    """Where a stream broke off without the answer, so that it can be taken up there."""
    retry: float = 1.0
    """Seconds to wait before that."""

    @property
    def broken(self) -> bool:
        """Whether neither a result nor an error has come."""
        return self.result is None and self.code is None and not self.asked


class _Event(NamedTuple):
    data: str
    id: str | None
    retry: float | None


def message(method: str, number: int | None, params: Mapping[str, JsonValue] | None = None) -> dict[str, JsonValue]:
    """A request, or a notification where it has no number."""
    made: dict[str, JsonValue] = {"jsonrpc": "2.0", "method": method}
    if number is not None:
        made["id"] = number
    if params is not None:
        made["params"] = dict(params)
    return made


def standalone(params: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Parameters of a request without a handshake: it says itself who asks, and by which version."""
    meta: dict[str, JsonValue] = {
        "io.modelcontextprotocol/protocolVersion": modern,
        "io.modelcontextprotocol/clientInfo": us,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {**params, "_meta": meta}


def named_headers(method: str, params: Mapping[str, JsonValue], schema: JsonObject | None = None) -> dict[str, str]:
    """The headers that repeat what a request without a handshake calls, and the arguments whose schema asks for that."""
    headers = {"Mcp-Protocol-Version": modern, "Mcp-Method": method}
    if isinstance(name := params.get("name"), str):
        headers["Mcp-Name"] = in_header(name)
    arguments = params.get("arguments")
    if schema is not None and isinstance(arguments, dict):
        headers |= {f"Mcp-Param-{name}": value for name, value in _mirrored(schema, arguments, _depth)}
    return headers


def in_header(text: str) -> str:
    """The text as a header may hold it: in base64 where it is not plain ASCII."""
    if _plain.fullmatch(text) and not _encoded.fullmatch(text):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def reply_to(answer: Answer, number: int | None) -> Reply:
    """What came back for the message of that number. Raises `InvalidOutput` for what is no message of the protocol."""
    session = answer.headers.get("mcp-session-id")
    if session is not None and not re.fullmatch(r"[\x21-\x7e]{1,1000}", session):
        raise InvalidOutput("The session of the MCP server has a name that no header may hold.")
    if number is None:
        return Reply(session=session)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return _streamed(answer.text, number).model_copy(update={"session": session})
    if kind != "application/json":
        raise InvalidOutput(f"The MCP server answered {kind or 'nothing'} instead of a message.", raw=answer.text)
    found = of(answer.json, number)
    if found is None:
        raise InvalidOutput("The MCP server's answer is none to what it was asked.", raw=answer.text)
    return found.model_copy(update={"session": session})


def answered(body: bytes, number: int) -> bool:
    """Whether the last event of a stream, as far as it has come, is the answer: the server may leave the stream open."""
    if not body.endswith((b"\n\n", b"\r\r", b"\r\n\r\n")):
        return False
    tail = body.rstrip(b"\r\n")
    last = tail[max(tail.rfind(blank) for blank in (b"\n\n", b"\r\r", b"\r\n\r\n")) + 1 :]
    try:
        return not _streamed(last.decode(errors="replace") + "\n\n", number).broken
    except Problem:
        return True  # which the reader will say better


def _streamed(text: str, number: int) -> Reply:
    last, retry = None, 1.0
    for event in _events(text):
        last, retry = event.id or last, event.retry if event.retry is not None else retry
        if not event.data:
            continue  # a sign of life, or the place from which it could be taken up
        try:
            found = of(decode(event.data.encode()), number)
        except Problem:
            raise InvalidOutput("An event of the MCP server is not JSON.", raw=event.data) from None
        if found is not None:
            return found
    return Reply(last_event=last, retry=retry)


def _events(text: str) -> Iterator[_Event]:
    """The events of a stream that has ended (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6)."""
    data: list[str] = []
    id_: str | None = None
    retry: float | None = None
    for line in _line.split(text.removeprefix("\ufeff")):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data or id_ is not None or retry is not None:
                yield _Event("\n".join(data), id_, retry)
            data, id_, retry = [], None, None
        elif name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            id_ = value
        elif name == "retry" and value.isascii() and value.isdigit():
            retry = int(value[:9]) / 1000


def of(value: JsonValue, number: int) -> Reply | None:
    """The reply with that number; None for another message."""
    if not isinstance(value, dict):
        return None
    if "method" in value:
        return Reply(asked=True) if value.get("id") is not None and value["method"] != "ping" else None
    if value.get("id") not in (number, None):
        return None
    error = value.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        return Reply(code=code if isinstance(code, int) else 0, said=str(error.get("message") or "no reason given")[:1000])
    result = value.get("result")
    return Reply(result=result) if isinstance(result, dict) and value.get("id") == number else None


def _mirrored(schema: Mapping[str, JsonValue], arguments: Mapping[str, JsonValue], depth: int) -> Iterator[tuple[str, str]]:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth == 0:
        return
    for key, inner in properties.items():
        value = arguments.get(key)
        if not isinstance(inner, dict) or value is None:
            continue
        if isinstance(value, dict):
            yield from _mirrored(inner, value, depth - 1)
        name = inner.get("x-mcp-header")
        if isinstance(name, str) and _token.fullmatch(name) and isinstance(value, str | int | float):
            yield name, in_header(("true" if value else "false") if isinstance(value, bool) else str(value))
