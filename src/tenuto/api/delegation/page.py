"""The page where applications send people to be asked; it stands by itself, as it has to work in a browser that never saw the web app."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi.responses import Response

from tenuto.api.routing import Router

router = Router(tag="Applications")

# `form-action` would also hold for where an answer redirects to; nothing here is sent as a form.
_policy = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    "; require-trusted-types-for 'script'"
)
_media = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_empty = "a page without content; what it shows it asks for as whoever is signed in"


@router.get("/oauth/authorize", permission=None, open_because=_empty, response_class=Response)
async def authorize() -> Response:
    """Where applications send people to be asked. It changes nothing, and nobody is sent on without having said so."""
    return _file("consent.html")


@router.get("/oauth/consent.js", permission=None, open_because=_empty, response_class=Response)
async def script() -> Response:
    """What the page does."""
    return _file("consent.js")


@router.get("/oauth/consent.css", permission=None, open_because=_empty, response_class=Response)
async def style() -> Response:
    """How the page looks."""
    return _file("consent.css")


def _file(name: str) -> Response:
    # The address holds what the application asks for: it is told to nobody, also not to where the person goes next.
    headers = {"Content-Security-Policy": _policy, "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"}
    return Response(_read(name), media_type=_media[name.rpartition(".")[2]], headers=headers)


@cache
def _read(name: str) -> bytes:
    return files("tenuto.api.delegation").joinpath("static", name).read_bytes()
