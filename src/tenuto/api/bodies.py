"""Request bodies read strictly: JSON that says one thing only, of a bounded size and depth, and under its own content type."""

from __future__ import annotations

import json
from typing import cast

from fastapi import Request
from pydantic import JsonValue
from starlette.exceptions import HTTPException
from starlette.types import Message

from tenuto.core.errors import Invalid, Malformed, TooLarge
from tenuto.core.values import checked

default_limit = 5 * 1024 * 1024
definition_limit = 2 * 1024 * 1024
input_limit = 4 * 1024 * 1024
upload_limit = 50 * 1024 * 1024
open_limit = 16 * 1024
"""Bytes of a body: of any route, of a definition, of a run's input, of an upload, of a route that nobody has to sign in for."""

_digits = 4300


class BoundedRequest(Request):
    """A request whose body is at most `limit` bytes, declared or not, and whose JSON is strict."""

    def __init__(self, request: Request, limit: int) -> None:
        """Raises `TooLarge` at once if more is declared."""
        self._limit = limit
        self._got = 0
        self._from = request.receive
        declared = request.headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
            raise TooLarge(_too_large(limit))
        super().__init__(request.scope, self._counted)

    async def json(self) -> JsonValue:
        """The body as JSON; None without one. Raises `Malformed`, `Invalid` and `TooLarge`."""
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body(), self.headers.get("content-type"))
        return self._json

    async def _counted(self) -> Message:
        message = await self._from()
        if message["type"] == "http.request":
            self._got += len(cast("bytes", message.get("body", b"")))
            if self._got > self._limit:
                # FastAPI lets no other exception through while it reads a form.
                raise HTTPException(413, _too_large(self._limit))
        return message


def read_json(body: bytes, content_type: str | None) -> JsonValue:
    """The value of a JSON body; None for an empty one.

    Raises `Malformed` for another content type and for what is no JSON (a key twice included), `Invalid` with the place of what
    JSON can write but nothing can store: NaN, half a surrogate pair, more than 64 levels.
    """
    if not body:
        return None
    essence = (content_type or "").partition(";")[0].strip().lower()
    if essence != "application/json" and not (essence.startswith("application/") and essence.endswith("+json")):
        raise Malformed("The body is not declared as JSON.", fix="Send the header Content-Type: application/json.")
    try:
        value = cast("JsonValue", json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant))
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Invalid("The body is nested more than 64 levels deep.") from None
    except ValueError:
        raise Malformed(f"The body holds a number with more than {_digits:,} digits.") from None
    return checked(value)


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # One pass: whoever sends half a million keys and repeats the last one may not be waited for.
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise Malformed(f"The key {twice[:100]!r} stands twice in one object.", fix="Say it once: readers disagree on which one counts.")
    return found


def _no_constant(name: str) -> JsonValue:
    raise Malformed(f"{name} is not JSON.", fix="Use null or a string instead.")


def _too_large(limit: int) -> str:
    return f"The body has more than {limit:,} bytes, which is the most accepted here."
