"""The first pages a person sees: signing in by a link, and the latest runs with their events as they happen."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from fastapi.responses import Response

from tenuto.api.routing import Router

router = Router(tag="Pages")

_policy = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_media = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}

Asset = Literal["home.js", "sign-in.js", "style.css"]


@router.get(
    "/", permission=None, open_because="a page without content; what it shows it asks for as whoever is signed in", response_class=Response
)
async def home() -> Response:
    """The latest runs, each with its nodes and events, live."""
    return _file("home.html")


@router.get("/sign-in", permission=None, open_because="this is how one comes in", response_class=Response)
async def sign_in_page() -> Response:
    """Posts the token that stands behind the `#` of a sign-in link."""
    return _file("sign-in.html")


@router.get("/assets/{name}", permission=None, open_because="scripts and styles, the same for everybody", response_class=Response)
async def asset(name: Asset) -> Response:
    """A script or a style of these pages."""
    return _file(name)


def _file(name: str) -> Response:
    headers = {"Content-Security-Policy": _policy, "Cache-Control": "no-cache"}
    return Response(_read(name), media_type=_media[name.rpartition(".")[2]], headers=headers)


@cache
def _read(name: str) -> bytes:
    return files("tenuto.api").joinpath("static", name).read_bytes()
