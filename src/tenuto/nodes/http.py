"""The node kind `http`: any request, through the guarded door."""

from __future__ import annotations

import asyncio
import base64
import codecs
import json
from collections.abc import Mapping
from email.message import Message
from typing import Annotated, ClassVar, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, StringConstraints

from tenuto.core.blob import json_media, text_media, threshold
from tenuto.core.connector import Answer, Connector, Effect, Method, Outbound, QueryValue, problem_of
from tenuto.core.errors import InvalidOutput, Uncertain, VendorFailed
from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject

HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", max_length=200)]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0a-\x1f\x7f]*$", max_length=8_000)]
Query = str | int | float | bool | tuple[str, ...] | None

_effects: Mapping[Method, Effect] = {
    "GET": "read",
    "HEAD": "read",
    "OPTIONS": "read",
    "PUT": "idempotent_write",
    "DELETE": "idempotent_write",
    "POST": "write",
    "PATCH": "write",
}
_idempotency = "Idempotency-Key"
_part = 1024 * 1024


class HttpConfig(Frozen):
    """What is sent, and how the answer is read."""

    method: Method = Field(default="GET", description="The request method.")
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=8_000)] = Field(
        description="An absolute URL.", examples=["https://api.example.com/orders/{{ input.order }}"]
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, description="Request headers. Secrets belong into a connection, not here."
    )
    query: dict[str, Query] = Field(default_factory=dict, description="Added to the URL; null is left out, a list repeats its name.")
    body: JsonValue = Field(
        default=None, description="Text is sent as it is, anything else as JSON, or as a form where `Content-Type` says so."
    )
    connection: str | None = Field(default=None, description="The connection whose secret is put in, and whose hosts alone are reached.")
    effect: Literal["read", "idempotent_write", "write"] | None = Field(
        default=None,
        description="What it does there: decides whether it may be sent again after a crash. "
        "By default GET, HEAD and OPTIONS read, PUT and DELETE may be repeated, POST and PATCH may not. "
        "A repeatable write carries an `Idempotency-Key`.",
    )
    response: Literal["auto", "json", "text", "binary"] = Field(
        default="auto",
        description="How the body is read; `auto` goes by its content type. Binary becomes `{media, size, base64}`. "
        "More than 64 KB are kept beside the log and loaded when an expression looks into them.",
    )


class Http(NodeKind, frozen=True):
    """Send any HTTP request."""

    example: ClassVar[JsonObject] = {"method": "GET", "url": "https://api.example.com/orders/17"}

    type: Literal["http"] = "http"
    config: HttpConfig

    def effect(self, effects: Mapping[tuple[str, str], Effect]) -> Effect:
        """What the config says, else what the method means (RFC 9110)."""
        return self.config.effect or _effects[self.config.method]

    async def run(self, ctx: NodeContext) -> Outcome:
        """`{status, headers, body}`. A status of 400 or more is a failure of the kind its status says.

        Raises `Uncertain` where a write may have happened: no answer came, or a 5xx that does not say (503 says no).
        """
        answer = await self._answer(ctx)
        headers: dict[str, JsonValue] = dict(answer.headers)
        return Completed({"status": answer.status, "headers": headers, "body": await _read(ctx, answer, self.config.response)})

    async def _answer(self, ctx: NodeContext) -> Answer:
        effect, host = self.effect({}), urlsplit(self.config.url).hostname or self.config.url
        try:
            answer = await ctx.send(self._outbound(ctx), connection=self.config.connection)
        except Uncertain as lost:
            if effect != "read":
                raise
            # Asking again changes nothing outside, so a lost answer to a question is an ordinary failure.
            raise VendorFailed(lost.data.detail) from lost
        problem = problem_of(Connector(key="http", name=host, base_url=self.config.url), answer)
        if problem is None:
            return answer
        if effect == "write" and answer.status >= 500 and answer.status != 503:
            raise Uncertain(f"{problem.data.detail} It may have been done all the same.", raw=problem.data.raw)
        raise problem

    def _outbound(self, ctx: NodeContext) -> Outbound:
        config = self.config
        headers = dict(config.headers)
        given = {name.lower(): value for name, value in headers.items()}
        if self.effect({}) == "idempotent_write" and _idempotency.lower() not in given:
            headers[_idempotency] = ctx.key
        payload = _payload(config.body, given.get("content-type"))
        if payload.media:
            headers["Content-Type"] = payload.media
        query: dict[str, QueryValue] = dict(config.query)
        return Outbound(
            method=config.method,
            url=config.url,
            query=query,
            headers=headers,
            json=payload.json,
            form=payload.form,
            content=payload.content,
            max_bytes=ctx.largest,
        )


class _Payload(NamedTuple):
    json: JsonValue = None
    form: dict[str, str] | None = None
    content: bytes | None = None
    media: str | None = None
    """The content type to add."""


def _payload(body: JsonValue, media: str | None) -> _Payload:
    match body:
        case None:
            return _Payload()
        case str():
            return _Payload(content=body.encode(), media=None if media else "text/plain; charset=utf-8")
        case dict() if media and media.lower().startswith("application/x-www-form-urlencoded"):
            return _Payload(form={name: value if isinstance(value, str) else _plain(value) for name, value in body.items()})
        case _:
            return _Payload(json=body)


def _plain(value: JsonValue) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


async def _read(ctx: NodeContext, answer: Answer, response: Literal["auto", "json", "text", "binary"]) -> JsonValue:
    """The body as a value; what is large is put away as it came, without being taken apart first."""
    media, charset = _content_type(answer.headers.get("content-type", ""))
    large = len(answer.body) > threshold
    match response if response != "auto" else _manner(media, answer.body):
        case "json" if large:
            await asyncio.to_thread(_check_json, answer)
            return await ctx.keep(answer.body, json_media)
        case "json":
            return answer.json if answer.body else None
        case "text" if large:
            same = codecs.lookup(charset).name == "utf-8" and await asyncio.to_thread(_is_utf8, answer.body)
            return await ctx.keep(answer.body if same else answer.body.decode(charset, errors="replace").encode(), text_media)
        case "text":
            return answer.body.decode(charset, errors="replace")
        case "binary" if large:
            kept = await ctx.keep(
                answer.body, media if media and not media.startswith(("text/", json_media)) else "application/octet-stream"
            )
            return {"media": media, "size": len(answer.body), "base64": kept}
        case "binary":
            return {"media": media, "size": len(answer.body), "base64": base64.b64encode(answer.body).decode()}
        case "nothing":
            return None


def _check_json(answer: Answer) -> None:
    """Raises as `Answer.json`. Nothing is kept of what is read: numbers, objects and their members are dropped as soon as they were seen."""
    if not _is_utf8(answer.body) or not _is_json(answer.body):
        kind = answer.headers.get("content-type", "no content type")
        raise InvalidOutput(f"Expected JSON and got {kind} (status {answer.status}).", raw=answer.body[:2_000].decode(errors="replace"))


def _is_json(body: bytes) -> bool:
    """Read as Latin-1, so that a character is one byte in memory, not four: what gives JSON its shape is the same in both."""
    try:
        json.loads(
            body.decode("latin-1"),
            object_pairs_hook=lambda _: None,
            parse_int=lambda _: None,
            parse_float=lambda _: None,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _is_utf8(body: bytes) -> bool:
    """By parts: a whole copy of a large text would cost up to four times its size."""
    reading = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _part):
            reading.decode(body[start : start + _part])
        reading.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _manner(media: str, body: bytes) -> Literal["json", "text", "binary", "nothing"]:
    if not body:
        return "nothing"
    if media == "application/json" or media.endswith("+json"):
        return "json"
    textual = media.startswith("text/") or media.endswith(("+xml", "/xml", "/javascript", "x-www-form-urlencoded", "/yaml"))
    return "text" if textual or (not media and _is_text(body)) else "binary"


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False


def _content_type(header: str) -> tuple[str, str]:
    message = Message()
    message["content-type"] = header
    charset = message.get_content_charset("utf-8")
    try:
        codecs.lookup(charset)
    except LookupError:
        raise InvalidOutput(f"The answer is in the unknown character set {charset!r}.", fix="Read it as binary.") from None
    return message.get_content_type() if header else "", charset
