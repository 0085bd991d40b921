"""A described request of a connector as it goes out: its address made of a base URL, a path and parameters."""

from __future__ import annotations

import re
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from tenuto.core.connector import Connector, Outbound, Params, Request
from tenuto.core.errors import Invalid
from tenuto.core.values import pointer

R = TypeVar("R", bound=BaseModel)

_placeholder = re.compile(r"\{(\w+)\}")
_unsafe = re.compile(r"[\x00-\x20\x7f?#\\]")


def outbound(request: Request[R], params: Params, *, connector: Connector, base: str) -> Outbound:
    """The request below a base URL, or at its own address. Raises `Invalid` for what cannot be part of an address."""
    own = request.url is not None
    return Outbound(
        method=request.method,
        url=request.url if request.url is not None else base.rstrip("/") + _path(request, params, connector),
        query={name: value for name, value in request.query.items() if value is not None},
        headers=request.headers if own else {**connector.headers, **request.headers},
        json=request.json,
        form=request.form,
        content=request.content,
        ends=request.ends,
    )


def _path(request: Request[R], params: Params, connector: Connector) -> str:
    def segment(match: re.Match[str]) -> str:
        name = match[1]
        value = str(request.fill[name]) if name in request.fill else str(getattr(params, name))
        if not value or value.isspace() or any(part in (".", "..") for part in re.split(r"[/\\]", value)):
            raise Invalid(f'"{value}" cannot be part of an address.', pointer=pointer(name), fix="Give a plain name or id.")
        return quote(value, safe="")

    path = _placeholder.sub(segment, request.path)
    if not path:
        return ""  # the base URL itself
    if not path.startswith("/") or _unsafe.search(path) or any(part in (".", "..") for part in path.split("/")):
        raise Invalid(f"An action of {connector.key} asks for an address that is not allowed.", raw=path)
    return path
