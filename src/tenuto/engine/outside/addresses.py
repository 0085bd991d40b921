"""One-time addresses: what somebody outside calls to let a waiting node go on.

An address is a secret: who knows it may let the run go on. It is therefore nowhere written down. It is made of the run, the node and a
signature of ours; what a run records is the address with another signature in the secret's place, which opens nothing. The true one is
put in when something leaves for outside, and taken out of everything that is about to be recorded.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import struct
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple, TypeAlias, cast
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.events import Event, event_from, node_of
from tenuto.core.execution import ExecutionId
from tenuto.core.values import JsonObject
from tenuto.engine.ports import Sender

_mark, _marked = "tnw_", b"tnw_"
_signature = 24
"""Bytes: nobody guesses 192 bits, and 32 characters are short enough for a link."""
_parts = re.compile(r"tnw_([A-Za-z0-9_-]{27,1000})\.([A-Za-z0-9_-]{32})")
_longest = 1100
_head = struct.Struct(">I16s")

Sign: TypeAlias = Callable[[str, bytes], Sequence[bytes]]
"""The signatures of a message for a purpose by each of the house's keys, the present one first; 32 bytes each."""


class Called(NamedTuple):
    """What an address stands for."""

    run: ExecutionId
    node: str


def nameless(value: JsonValue) -> JsonValue:
    """The value with addresses that name their node alone: those of a run and of its replay are the same then."""
    match value:
        case str() if _mark in value:
            return _parts.sub(lambda found: f"{_mark}{_node_in(found[1])}", value)
        case dict():
            return {key: nameless(item) for key, item in value.items()}
        case list():
            return [nameless(item) for item in value]
        case _:
            return value


class Addresses:
    """Makes addresses, and tells good ones from others."""

    def __init__(self, origin: str, sign: Sign) -> None:
        """`origin` is where others reach this house: `https://tenuto.example`."""
        self._base = f"{origin}/api/waits/"
        self._sign = sign

    def shown(self, run: ExecutionId, node: str) -> str:
        """The address as a run may record it: it opens nothing."""
        return self._base + self._token(run, node, "shown")

    def true(self, run: ExecutionId, node: str) -> str:
        """The address itself. It is a secret."""
        return self._base + self._token(run, node, "true")

    def called(self, token: str) -> Called | None:
        """What a token stands for, if it is good."""
        if len(token) > _longest or (found := _parts.fullmatch(token)) is None:
            return None
        return self._read(found[1], found[2], "true")

    def reveal(self, text: str, workspace: int) -> str:
        """A text with the true addresses of this workspace's runs in the place of those that are shown."""
        return _parts.sub(lambda found: self._revealed(found, workspace), text) if _mark in text else text

    def hidden(self, event: Event, data: bytes) -> tuple[Event, bytes]:
        """An event and its stored fields, in which no true address is left."""
        if (told := self.concealed(data)) is data:
            return event, data
        return event_from(event.type, node_of(event), told), told

    def concealed(self, data: bytes) -> bytes:
        """Bytes in which no true address is left; the same ones where none can be. Whatever is no UTF-8 stays as it is."""
        if _marked not in data:
            return data
        return _parts.sub(self._hidden, data.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def revealed(self, value: JsonValue, workspace: int) -> JsonValue:
        """The same in all texts of a value."""
        match value:
            case str():
                return self.reveal(value, workspace)
            case dict():
                return {key: self.revealed(item, workspace) for key, item in value.items()}
            case list():
                return [self.revealed(item, workspace) for item in value]
            case _:
                return value

    def params(self, params: JsonObject, workspace: int) -> JsonObject:
        """The parameters of an action as they leave."""
        return {key: self.revealed(value, workspace) for key, value in params.items()} if _holds(params) else params

    def _token(self, run: ExecutionId, node: str, purpose: str) -> str:
        message = _head.pack(run.workspace, run.id.bytes) + node.encode()
        return f"{_mark}{_text(message)}.{_text(self._sign(purpose, message)[0][:_signature])}"

    def _read(self, message: str, signature: str, purpose: str) -> Called | None:
        try:
            content, given = _bytes(message), _bytes(signature)
            workspace, number = _head.unpack_from(content)
            node = content[_head.size :].decode()
        except (ValueError, struct.error):
            return None
        good = [hmac.compare_digest(each[:_signature], given) for each in self._sign(purpose, content)]
        return Called(ExecutionId(workspace, UUID(bytes=number)), node) if any(good) else None

    def _revealed(self, found: re.Match[str], workspace: int) -> str:
        called = self._read(found[1], found[2], "shown")
        return self._token(*called, "true") if called is not None and called.run.workspace == workspace else found[0]

    def _hidden(self, found: re.Match[str]) -> str:
        called = self._read(found[1], found[2], "true")
        return self._token(*called, "shown") if called is not None else found[0]


class Revealing:
    """A `Sender` that puts true addresses into what leaves."""

    def __init__(self, sender: Sender, addresses: Addresses) -> None:
        self._sender = sender
        self._addresses = addresses

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """As the sender."""
        return await self._sender.send(self._put_in(request, ticket.workspace), ticket)

    async def stream(self, request: Outbound, ticket: Ticket) -> AsyncGenerator[bytes | Answer]:
        """As the sender."""
        async with aclosing(self._sender.stream(self._put_in(request, ticket.workspace), ticket)) as pieces:
            async for piece in pieces:
                yield piece

    def _put_in(self, request: Outbound, workspace: int) -> Outbound:
        reveal = self._addresses.revealed
        if request.content is not None and _marked in request.content:
            text = request.content.decode(errors="surrogateescape")
            request = replace(request, content=self._addresses.reveal(text, workspace).encode(errors="surrogateescape"))
        if _holds(request.url):
            request = replace(request, url=self._addresses.reveal(request.url, workspace))
        if _holds(request.headers):
            request = replace(request, headers=cast("Mapping[str, str]", reveal(dict(request.headers), workspace)))
        if _holds(request.query):
            request = replace(request, query=cast("Mapping[str, str]", reveal(cast("JsonValue", dict(request.query)), workspace)))
        if _holds(request.form):
            request = replace(request, form=cast("Mapping[str, str]", reveal(dict(request.form or {}), workspace)))
        return replace(request, json=reveal(request.json, workspace)) if _holds(request.json) else request


def ephemeral() -> Addresses:
    """Addresses of a house that nobody outside can call; they are good for as long as the process lives."""
    key = os.urandom(32)
    return Addresses("http://127.0.0.1:8400", lambda purpose, message: (hmac.digest(key, purpose.encode() + b"\0" + message, "sha256"),))


def _holds(value: object) -> bool:
    """Whether there is an address somewhere in a value."""
    match value:
        case str():
            return _mark in value
        case Mapping():
            return any(_holds(item) for item in cast("Mapping[str, object]", value).values())
        case list() | tuple():
            return any(_holds(item) for item in cast("list[object]", value))
        case _:
            return False


def _node_in(message: str) -> str:
    try:
        return _bytes(message)[_head.size :].decode()
    except ValueError:
        return message


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
